"""What the local stack changes in the template before the emulator gets it."""

from __future__ import annotations

from tools.local_stack import without_metric_math

ERRORS = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "F"}}]}


def test_alarms_of_several_metrics_watch_the_first() -> None:
    rate = [{"Id": "rate", "Expression": "errors / 2"}, {"Id": "errors", "MetricStat": {"Metric": ERRORS, "Period": 300, "Stat": "Sum"}}]
    plain = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Age"}}
    template = {"Resources": {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": rate, "Threshold": 1}}, "B": plain}}
    assert without_metric_math(template)["Resources"] == {
        "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Threshold": 1, **ERRORS, "Period": 300, "Statistic": "Sum"}},
        "B": plain,
    }
