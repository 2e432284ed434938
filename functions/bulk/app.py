"""One batch of a backfill, from the state machine. The model is loaded once, where the environment starts."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared import wiring
from functions.shared.bulk import Bulk
from functions.shared.observability import found, logger, metrics, tracer
from functions.shared.settings import BulkSettings
from model.reader import Reader

SETTINGS = BulkSettings.from_env(os.environ)
READER = wiring.watching(SETTINGS.reading, Reader.load(engine="onnx"))
BULK = Bulk(wiring.service(SETTINGS.reading, READER, found), SETTINGS.bucket, SETTINGS.reading.deadline_margin_ms)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return BULK.respond(event, context)
