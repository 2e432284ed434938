"""Clients of AWS services as functions use them: bounded retries, credentials and connections of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from functions.shared.tables import Table

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# Bounded: five tries of at most five and ten seconds, then the message fails and comes again.
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=10)

# AWS's descriptions of its services, which take 0.2 s to read: sessions share them, and nothing else.
DESCRIPTIONS = create_loader()


def session() -> boto3.Session:
    """With credentials and connections of its own: boto3's default session would keep those of a snapshot."""
    core = botocore.session.Session()
    core.register_component("data_loader", DESCRIPTIONS)
    return boto3.Session(botocore_session=core)


def table(name: str) -> Table:
    """The DynamoDB table of this name."""
    return Table(session().resource("dynamodb", config=CONFIG).meta.client, name)


def s3() -> S3Client:
    return session().client("s3", config=CONFIG)
