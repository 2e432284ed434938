"""The query API and its page in AWS: an HTTP API's events in, its answers out."""

from __future__ import annotations

import os
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext
from mangum import Mangum

from functions.query.api import Web, api
from functions.shared import connections
from functions.shared.exploring import TableArchive
from functions.shared.observability import logger, metrics, tracer
from functions.shared.settings import QuerySettings

SETTINGS = QuerySettings.from_env(os.environ)
ANSWER = Mangum(api(TableArchive(connections.table(SETTINGS.table)), Web(key_sha256=SETTINGS.key_sha256)), lifespan="off")


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return ANSWER(event, cast(Any, context))  # Mangum hands it on; Powertools and it describe it differently
