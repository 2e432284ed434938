"""A batch of SQS messages through a service; the answer names the messages that SQS is to keep."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.events import decode
from functions.shared.observability import following, logger, message, metrics, told
from functions.shared.service import Service


class DeadlineNear(RuntimeError):  # noqa: N818
    """The invocation's time is almost over: this message was not touched and comes again."""


def respond(event: dict[str, Any], context: LambdaContext, *, service: Service, margin_ms: int) -> dict[str, Any]:
    """`{"batchItemFailures": [...]}`: the ids of messages that failed or were not begun.

    A batch that fails as a whole is answered the same way and does not raise: raising would count messages whose records
    were done as failures too.
    """
    if not event.get("Records"):
        return {"batchItemFailures": []}  # Powertools would raise

    def handle(record: SQSRecord) -> None:  # Powertools passes the message under this name
        if context.get_remaining_time_in_millis() < margin_ms:
            metrics.add_metric(name="NotBegun", unit="Count", value=1)
            raise DeadlineNear(f"less than {margin_ms} ms left")
        with message(record.message_id, record.attributes.approximate_receive_count):
            try:
                _handle_all(record.body, service)
            except Exception:  # for the log only: Powertools keeps no trace of it
                logger.exception("message failed")
                metrics.add_metric(name="MessageFailed", unit="Count", value=1)
                raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event=event, record_handler=handle, processor=processor, context=context))


def _handle_all(body: str, service: Service) -> None:
    """Every S3 record of a message, also after one failed; a repeat of the message finds the others done."""
    errors: list[Exception] = []
    for s3_event in decode(body):
        try:
            with following(s3_event):
                told(service.handle(s3_event), s3_event)
        except Exception as error:  # raised below; the other records of the message are tried first
            errors.append(error)
    if errors:
        raise ExceptionGroup("records of one message failed", errors)
