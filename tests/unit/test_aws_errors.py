"""AWS's client's errors, in words that tell what to do."""

from __future__ import annotations

import pytest
from botocore import exceptions

from functions.cli.aws_errors import explained


@pytest.mark.parametrize(
    ("error", "option", "said"),
    [
        (exceptions.NoRegionError(), "", "no AWS region: set AWS_REGION"),
        (exceptions.NoRegionError(), "--region", "no AWS region: give --region, or set AWS_REGION"),
        (
            exceptions.NoCredentialsError(),
            "",
            "no AWS credentials (Unable to locate credentials): set AWS_PROFILE, or configure some",
        ),
        (
            exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Query"),
            "",
            "AWS: An error occurred (AccessDenied) when calling the Query operation: no",
        ),
        (ValueError("mine"), "", "mine"),
    ],
)
def test_explained(error: Exception, option: str, said: str) -> None:
    assert explained(error, region_option=option) == said
