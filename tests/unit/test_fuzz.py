"""Whatever arrives: articles or rejections of a known reason, events or a ValueError. `make fuzz` tries far more of it, and for
longer, guided by coverage where atheris is installed (tools/fuzz.py)."""

from __future__ import annotations

import gzip
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from functions.shared.events import SEQUENCER_WIDTH, ObjectEvent, decode
from model.articles import MEDIA_TYPES, SUFFIXES, parse_articles
from model.records import Article, RejectedInput
from model.streams import MAX_ARTICLE_BYTES

REASONS = {"empty", "binary", "charset", "too-large", "bad-gzip", "nested-gzip", "bad-json", "bad-field"}

fields = st.sampled_from(["text", "html", "title", "published_at", "source", "url", "language", "id", "other"])
texts = st.one_of(st.text(), st.sampled_from(["He left.", "2025-06-24", "0001-01-01T00:00:00+14:00", "\ud800", "\0", "<p hidden>x</p>"]))
values = st.recursive(
    st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats()), lambda v: st.lists(v) | st.dictionaries(texts, v), max_leaves=5
)
objects = st.dictionaries(fields, st.one_of(texts, values)).map(json.dumps)
pages = st.lists(
    st.one_of(
        st.sampled_from([
            "<p>", "</p>", "<article>", "<!--", "-->", "<![CDATA[", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "&#x0;", "&#xD800;", "<svg>",
            "<script>", "<template>", "<meta charset=utf-7>", '<meta property="article:published_time" content="', '">', "<a href='http://[",
            "<base href=//x>", "<math><mi><p>", "<table><tr>", "\f", "He said on Tuesday that he would leave the government.",
        ]),
        st.text(max_size=5),
    )
).map("".join)  # fmt: skip
charset_names = st.sampled_from(["utf-8", "utf-16", "utf-32", "cp1252"])
bodies = st.one_of(
    st.binary(),
    st.tuples(
        st.one_of(objects, pages, texts, st.lists(objects).map("\n".join)), st.sampled_from(["utf-8", "utf-16", "utf-32", "cp1252"])
    ).map(lambda drawn: drawn[0].encode(drawn[1], "replace")),
)
packed = st.one_of(
    bodies, bodies.map(gzip.compress), bodies.map(lambda b: gzip.compress(gzip.compress(b))), bodies.map(lambda b: gzip.compress(b)[:-3])
)
names = st.tuples(st.text(max_size=3), st.sampled_from(["", *SUFFIXES]), st.sampled_from(["", ".gz"])).map("".join)
types = st.one_of(st.none(), st.sampled_from(list(MEDIA_TYPES)), st.text(max_size=9))
charsets = st.one_of(
    st.none(), st.sampled_from(["utf-8", "latin-1", "utf-16", "idna", "punycode", "zlib", "undefined"]), st.text(max_size=9)
)


@given(data=packed, name=names, media_type=types, charset=charsets)
def test_any_object_is_articles_or_rejections(data: bytes, name: str, media_type: str | None, charset: str | None) -> None:
    check_articles(data, name, media_type, charset)


def check_articles(data: bytes, name: str, media_type: str | None, charset: str | None) -> None:
    for found in parse_articles(data, name=name, default_id="ID", media_type=media_type, charset=charset):
        if isinstance(found, RejectedInput):
            assert found.reason in REASONS
            assert found.detail
        else:
            check(found)


def check(article: Article) -> None:
    article.text.encode(), (article.title or "").encode(), article.id.encode()  # no half of a surrogate pair, or it could not be stored
    assert article.text.strip()
    assert "\0" not in article.text
    assert len(article.text) <= MAX_ARTICLE_BYTES
    if article.title_span:
        assert article.text[article.title_span.start : article.title_span.end]


parts = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(),
        st.sampled_from(["2.1", "2.9", "3.0", "ObjectCreated:Put", "s3:ObjectRemoved:Delete", "Object Created", "aws.s3", "a%2Bb+c", "%ff",
                         "2026-11-24T08:15:30.123Z", "0001-01-01T00:00:00+14:00", "0066A1B2", "x"]), st.text(max_size=5),
    ),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=3), v, max_size=3), max_leaves=6,
)  # fmt: skip
objects_told = st.fixed_dictionaries({}, optional=dict.fromkeys(("key", "versionId", "version-id", "sequencer"), parts))
told = st.fixed_dictionaries({}, optional={"bucket": st.one_of(parts, st.fixed_dictionaries({"name": parts})), "object": objects_told})
record = st.fixed_dictionaries({}, optional={"eventVersion": parts, "eventName": parts, "eventTime": parts, "s3": st.one_of(told, parts)})
event = st.fixed_dictionaries(
    {},
    optional={
        "Records": st.one_of(st.lists(st.one_of(record, parts), max_size=3), parts),
        "Event": parts, "source": parts, "detail-type": parts, "time": parts, "detail": st.one_of(told, parts),
    },
)  # fmt: skip


def whole(drawn: dict[str, Any]) -> dict[str, Any]:
    """A record that is right but for what was drawn."""
    right = {"eventVersion": "2.1", "eventName": "ObjectCreated:Put", "eventTime": "2026-11-24T08:15:30Z"}
    place = {"bucket": {"name": "b"}, "object": {"key": "k"}}
    s3 = drawn.get("s3")
    return {"Records": [right | drawn | ({"s3": place | s3} if isinstance(s3, dict) else {"s3": place})]}


messages = st.one_of(
    st.text(), event.map(json.dumps), record.map(whole).map(json.dumps), st.integers(1, 200_000).map(lambda depth: "[" * depth)
)


@given(body=messages)
def test_any_message_is_events_or_a_value_error(body: str) -> None:
    check_events(body)


def check_events(body: str) -> None:
    try:
        found = decode(body)
    except ValueError:
        return
    for one in found:
        check_event(one)


def check_event(told: ObjectEvent) -> None:
    """What the service goes by: text where text is needed, and an order that compares."""
    assert told.kind in ("created", "removed", "test")
    if told.kind != "test":
        assert isinstance(told.bucket, str)
        assert isinstance(told.key, str)
        told.key.encode()
        assert told.version_id is None or isinstance(told.version_id, str)
        assert told.sequencer is None or len(told.sequencer) >= SEQUENCER_WIDTH
