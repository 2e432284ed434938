"""The schedule fires; a digest of what moved lies in the bucket of results."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared import connections, digests, watchlists
from functions.shared.observability import logger, metrics, tracer
from functions.shared.queries import Queries
from functions.shared.settings import DigestSettings

SETTINGS = DigestSettings.from_env(os.environ)
S3 = connections.s3()
QUERIES = Queries(connections.table(SETTINGS.table))
SHELF = digests.Shelf(S3, SETTINGS.bucket)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[str]]:  # noqa: ARG001  Lambda passes it
    # The watchlist anew each time: it may have been replaced since this environment started.
    keys = digests.respond(event, queries=QUERIES, watchlist=partial(watchlists.load, S3, SETTINGS.watchlist), shelf=SHELF)
    return {"keys": keys}
