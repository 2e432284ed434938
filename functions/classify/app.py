"""Uploads and deletions, from the queue to the table. The model is loaded and warmed once, where the environment starts."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared import batch, snapshots, wiring
from functions.shared.observability import found, logger, metrics, tracer
from functions.shared.settings import Settings
from model.reader import Reader
from model.webpage import load_parsers

SETTINGS = Settings.from_env(os.environ)
READER = wiring.watching(SETTINGS, Reader.load(engine="onnx", warm=True))
SERVICE = snapshots.renewed(lambda: wiring.service(SETTINGS, READER, found), before_snapshot=load_parsers)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return batch.respond(event, context, service=SERVICE(), margin_ms=SETTINGS.deadline_margin_ms)
