"""The schedule fires; a backfill starts, unless that firing has started one already or another one is at work."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared import dispatch
from functions.shared.observability import logger, metrics, tracer
from functions.shared.settings import DispatchSettings

SETTINGS = DispatchSettings.from_env(os.environ)
BACKFILLS = dispatch.backfills(SETTINGS)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:  # noqa: ARG001  Lambda passes it
    return dispatch.respond(event, backfills=BACKFILLS, prefix=SETTINGS.prefix)
