"""The parts of a function put together from its settings."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from functions.shared.items import Findings
from functions.shared.objects import Objects
from functions.shared.queries import Queries
from functions.shared.service import ReadsArticles, Service
from functions.shared.settings import Settings
from functions.shared.store import Store
from functions.shared.tables import Table

# Bounded: five tries of at most five and ten seconds, then the message fails and comes again.
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=10)

# AWS's descriptions of its services, which take 0.2 s to read: sessions share them, and nothing else.
DESCRIPTIONS = create_loader()


def session() -> boto3.Session:
    """With credentials and connections of its own: boto3's default session would keep those of a snapshot."""
    core = botocore.session.Session()
    core.register_component("data_loader", DESCRIPTIONS)
    return boto3.Session(botocore_session=core)


def table(settings: Settings) -> Table:
    return Table(session().resource("dynamodb", config=CONFIG).meta.client, settings.table)


def service(settings: Settings, reader: ReadsArticles, found: Callable[[Findings, float], None] = lambda *_: None) -> Service:
    objects = Objects(session().client("s3", config=CONFIG), max_bytes=settings.max_object_bytes)
    return Service(objects, Store(table(settings)), reader, max_articles=settings.max_articles, found=found)


def queries(settings: Settings) -> Queries:
    return Queries(table(settings))
