"""The faults that the service must survive, and what must come of each. A test says by its marker which ones it holds to that:
`@pytest.mark.fault(7)`; `pytest -m fault` runs them all and reports them in this order."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    case: str
    result: str


FAULTS = {
    1: Fault("the same message twice", "one result, a `duplicate` metric"),
    2: Fault("the same S3 event in a new message", "one result, a `duplicate` metric"),
    3: Fault("two workers, one object", "one conditional winner, nothing mixed"),
    4: Fault("an older event after a newer", "acknowledged, `stale`, no change"),
    5: Fault("sequencers of unequal length", "right order"),
    6: Fault("no sequencer or versionId", "LastModified decides"),
    7: Fault("object deleted before it is read", "acknowledged, `gone`"),
    8: Fault("object overwritten between event and read", "the event's version is read, or the version that was read is recorded"),
    9: Fault("delete event", "tombstone"),
    10: Fault("s3:TestEvent", "acknowledged"),
    11: Fault("keys with blank, `+`, `%20`, unicode", "exactly that object"),
    12: Fault("EventBridge key with `+`, `%`", "not decoded"),
    13: Fault("key of 1,024 bytes", "hashed id, the key kept as an attribute"),
    14: Fault("several S3 records in one message", "all tried; a retry does only the rest"),
    15: Fault("empty Records; body that is no JSON", "success; that item fails → dead-letter"),
    16: Fault("unknown eventVersion, minor / major", "accepted / dead-letter"),
    17: Fault("empty or blank object", "`rejected: empty`"),
    18: Fault("object over the size limit", "rejected by HEAD, the body never read"),
    19: Fault("binary, PDF, NUL bytes", "rejected: binary"),
    20: Fault("Latin-1, UTF-16, BOM, invalid UTF-8", "decoded by declared or detected charset, else rejected; never mojibake"),
    21: Fault("HTML with scripts and hidden text", "visible article text only"),
    22: Fault("gzip bomb, nested or cut-off gzip", "stopped at the cap, rejected"),
    23: Fault("invalid, deeply nested or duplicate-key JSON", "rejected, no RecursionError"),
    24: Fault("no actor; 1,000 actors; the same actor under many names", "empty reading; capped with a warning; merged"),
    25: Fault("a book-length article", "read in windows, whole; coverage recorded; memory bounded"),
    26: Fault("prompt-like, control or bidi text", "data only; logs escaped; bodies never logged"),
    27: Fault("reading over 400 KB", "split items; nothing dropped"),
    28: Fault("NaN or inf score", "the item fails; nothing stored"),
    29: Fault("S3 503 SlowDown", "bounded retries, then that item fails"),
    30: Fault("S3 or KMS 403", "item fails → dead-letter, alarm; never taken for `gone`"),
    31: Fault("DynamoDB throttling, unprocessed items", "backoff, then that item fails"),
    32: Fault("crash between stances and head", "the old generation stays visible; a rerun completes"),
    33: Fault("deadline nears mid-batch", "stop early, give the untouched ids back"),
    34: Fault("timeout, out of memory or exit mid-batch", "whole batch again, no duplicates"),
    35: Fault("one poison message in ten", "nine succeed, one in the dead-letter queue"),
    36: Fault("all records fail", "all ids returned, each error logged"),
    37: Fault("model missing, corrupt or of the wrong hash", "init fails loudly, nothing is acknowledged"),
    38: Fault("output under the input prefix", "refused by template and code"),
    39: Fault("schedule fires twice, or overlaps", "one run"),
    40: Fault("backfill races a live upload", "the newer live result wins"),
    41: Fault("dead-letter redrive after a fix", "converges, no duplicates"),
    42: Fault("restore from a snapshot", "fresh ids and credentials"),
}
