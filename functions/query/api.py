"""The query API over an archive, whichever store is behind it: routes, and what HTTP asks for. Nothing here knows AWS."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.security import APIKeyHeader
from pydantic import Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from functions.query import answers
from model.explore.archive import Archive, Asked, CursorInvalid, Filters, Named
from model.explore.networks import Kind, Mode, Normalisation, one_mode, two_mode
from model.explore.shifts import shifts

PAGE = str(files("model.explore") / "page")
MOST = 500  # rows of a page
NODES = 60  # actors, and targets, that a network without names in the question is made of
PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"description": HTTPStatus(code).phrase, "content": {"application/problem+json": {"schema": answers.Problem.model_json_schema()}}}
    for code in (400, 422)
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "Not Found", "content": PROBLEMS[400]["content"]}}
# The page's own files and answers, and nothing else: no other host, no inline script.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
KEY_HEADER = APIKeyHeader(name="X-Api-Key", auto_error=False)
TIME = r"^\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d)?)?Z?)?)?)?$"


@dataclass(frozen=True, slots=True)
class Web:
    """How the API meets the web.

    `origins`: other pages that may ask (CORS). `max_age`: seconds an answer may be kept. `key_sha256`: only who sends the key of this
    digest (hexadecimal) in X-Api-Key is answered; the page's own files and /health are for all. None: whoever gets here may ask.
    """

    origins: tuple[str, ...] = ()
    max_age: int = 60
    key_sha256: str | None = None


def filters(
    since: Annotated[
        str | None, Query(alias="from", pattern=TIME, description="Published at this time or later; ISO 8601 or its beginning.")
    ] = None,
    until: Annotated[str | None, Query(alias="to", pattern=TIME, description="Published before this time.")] = None,
    side: Annotated[list[answers.Side] | None, Query(description="May be repeated.")] = None,
    attitude: Annotated[list[answers.Attitude] | None, Query(description="May be repeated.")] = None,
    source: Annotated[list[str] | None, Query(description="May be repeated.", max_length=50)] = None,
    min_confidence: Annotated[float, Query(ge=0, le=1)] = 0.0,
) -> Filters:
    """What an address says of the stances that count."""
    return Filters(since, until, frozenset(side or ()), frozenset(attitude or ()), frozenset(source or ()), min_confidence)


def asked(
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50, cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None
) -> Asked:
    """What an address says of the page."""
    return Asked(limit, cursor)


Chosen = Annotated[Filters, Depends(filters)]
Part = Annotated[Asked, Depends(asked)]
Identifier = Annotated[str, Path(min_length=1, max_length=2048)]
Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=2048)]] | None, Query(description="Ids; may be repeated.", max_length=100)
]


def api(archive: Archive, web: Web = Web()) -> FastAPI:
    """The application. `archive` is asked from several threads at once."""
    app = FastAPI(
        title="Standpoint",
        version="1",
        description="Who stands where: each actor's attitude toward each target in the news, with the sentences that show it.",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )

    @app.get("/health", tags=["service"])
    def health() -> answers.Health:
        """Whether the API answers, and from which store."""
        return answers.Health(status="ok", store=archive.name)

    routes = APIRouter(dependencies=[Depends(_key_check(web.key_sha256))] if web.key_sha256 else [])
    _questions(routes, archive)
    _counts(routes, archive)
    app.include_router(routes)
    _manners(app, web)
    app.mount("/", StaticFiles(directory=PAGE, html=True), name="page")
    return app


def _key_check(digest: str) -> Callable[[str | None], None]:
    def check(key: Annotated[str | None, Depends(KEY_HEADER)]) -> None:
        # Of the same length whatever is sent, so that the time of the comparison tells nothing.
        if not hmac.compare_digest(hashlib.sha256((key or "").encode()).hexdigest(), digest.lower()):
            raise HTTPException(401, "X-Api-Key is missing or wrong", {"WWW-Authenticate": "ApiKey"})

    return check


def _questions(app: APIRouter, archive: Archive) -> None:
    @app.get("/articles", tags=["articles"])
    def articles(chosen: Chosen, part: Part) -> answers.Articles:
        """Articles, newest first; of the filters only times and sources count."""
        page = archive.articles(chosen, part)
        return answers.Articles(articles=[answers.Article.of(row) for row in page.rows], next=page.next)

    @app.get("/articles/{article_id:path}", tags=["articles"], responses=NOT_FOUND, response_model=dict[str, Any])
    def article(article_id: Identifier) -> Response:
        """An article's reading, whole (schema: model/reading.schema.json)."""
        reading = archive.reading(article_id)
        if reading is None:
            raise HTTPException(404, f"there is no article {article_id!r}")
        return JSONResponse(reading)

    @app.get("/actors/{actor}/stances", tags=["stances"], responses=NOT_FOUND)
    def actor_stances(actor: Identifier, chosen: Chosen, part: Part) -> answers.ActorStances:
        """What an actor said about anything, newest first."""
        named = _known(archive, actor)
        page = archive.stances((actor, None), chosen, part)
        return answers.ActorStances(actor=answers.Entity.of(named), stances=[answers.Stance.of(row) for row in page.rows], next=page.next)

    @app.get("/targets/{target}/stances", tags=["stances"], responses=NOT_FOUND)
    def target_stances(target: Identifier, chosen: Chosen, part: Part) -> answers.TargetStances:
        """What anybody said about a target, newest first."""
        named = _known(archive, target)
        page = archive.stances((None, target), chosen, part)
        return answers.TargetStances(target=answers.Entity.of(named), stances=[answers.Stance.of(row) for row in page.rows], next=page.next)

    @app.get("/pairs/{actor}/{target}", tags=["stances"], responses=NOT_FOUND)
    def pair(actor: Identifier, target: Identifier, chosen: Chosen, part: Part) -> answers.Pair:
        """What an actor said about a target, oldest first, and where it changes within this page."""
        ends = [answers.Entity.of(_known(archive, end)) for end in (actor, target)]
        page = archive.stances((actor, target), chosen, part, newest_first=False)
        return answers.Pair(
            actor=ends[0],
            target=ends[1],
            points=[answers.Stance.of(row) for row in page.rows],
            shifts=[answers.Shift.of(shift) for shift in shifts(page.rows)],
            next=page.next,
        )

    @app.get("/search", tags=["articles"])
    def search(q: Annotated[str, Query(max_length=200)], limit: Annotated[int, Query(ge=1, le=50)] = 20) -> answers.Found:
        """Actors and targets by name, articles by title: words that begin with those of `q`."""
        found = archive.search(q, limit)
        return answers.Found(
            entities=[answers.FoundEntity(**answers.Entity.of(named).model_dump(), roles=list(roles)) for named, roles in found.entities],
            articles=[
                answers.FoundArticle(article_id=a.article_id, title=a.title, source=a.source, published_at=a.published_at)
                for a in found.articles
            ],
        )


def _counts(app: APIRouter, archive: Archive) -> None:
    @app.get("/actors", tags=["counts"])
    def actors(chosen: Chosen, part: Part) -> answers.Actors:
        """Actors, those with most stances first."""
        page = archive.entities("actor", chosen, part)
        return answers.Actors(actors=[answers.Counted.row(row) for row in page.rows], next=page.next, truncated=page.truncated)

    @app.get("/targets", tags=["counts"])
    def targets(chosen: Chosen, part: Part) -> answers.Targets:
        """Targets, those with most stances first."""
        page = archive.entities("target", chosen, part)
        return answers.Targets(targets=[answers.Counted.row(row) for row in page.rows], next=page.next, truncated=page.truncated)

    @app.get("/matrix", tags=["counts"])
    def matrix(
        chosen: Chosen, actors: Names = None, targets: Names = None, limit: Annotated[int, Query(ge=1, le=200)] = 30
    ) -> answers.Matrix:
        """Actors by targets: those asked for, or the most frequent."""
        found = archive.matrix(chosen, (actors or [], targets or []), limit)
        return answers.Matrix(
            actors=[answers.Entity.of(each) for each in found.actors],
            targets=[answers.Entity.of(each) for each in found.targets],
            cells=[answers.MatrixCell.of(cell) for cell in found.cells],
            articles=found.articles,
            truncated=found.truncated,
        )

    @app.get("/network", tags=["counts"])
    def network(
        chosen: Chosen,
        kind: Kind = "congruence",
        normalisation: Normalisation = "no",
        mode: Mode = "actors",
        actors: Names = None,
        targets: Names = None,
        limit: Annotated[int, Query(ge=1, le=200)] = NODES,
    ) -> answers.Network:
        """A discourse network of the actors and targets asked for, or the most frequent (docs/exports.md says how it is counted)."""
        found = archive.matrix(chosen, (actors or [], targets or []), limit)
        names = {each.id: each for each in (*found.actors, *found.targets)}
        if mode == "two-mode":
            made = two_mode(found.cells, names)
        else:
            made = one_mode(found.cells, names, kind=kind, normalisation=normalisation, role="actor" if mode == "actors" else "target")
        return answers.Network(
            nodes=[
                answers.Node(id=node.key, name=node.entity.name, type=node.entity.type, mode=node.mode, stances=node.stances)
                for node in made.nodes
            ],
            edges=[answers.Edge(a=edge.a, b=edge.b, weight=edge.weight) for edge in made.edges],
            truncated=found.truncated,
        )


def _known(archive: Archive, identifier: str) -> Named:
    named = archive.entity(identifier)
    if named is None:
        raise HTTPException(404, f"no stance knows {identifier!r}")
    return named


def _manners(app: FastAPI, web: Web) -> None:
    """Errors as problem+json, validators and caching, and headers that keep a browser from trusting more than it must."""

    @app.exception_handler(StarletteHTTPException)
    async def refused(request: Request, error: Exception) -> Response:
        error = cast(StarletteHTTPException, error)
        return problem(request, error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: Exception) -> Response:
        found = cast(RequestValidationError, error).errors()
        return problem(request, 422, "; ".join(f"{_where(each['loc'])}: {each['msg']}" for each in found))

    @app.exception_handler(CursorInvalid)
    async def lost(request: Request, error: Exception) -> Response:
        return problem(request, 400, f"cursor: {error}")

    @app.middleware("http")
    async def validated(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        if response.status_code != HTTPStatus.OK or response.headers.get("content-type") != "application/json":
            return response
        body = b"".join([chunk async for chunk in cast(Any, response).body_iterator])
        headers = dict(response.headers)
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers["Cache-Control"] = f"private, max-age={web.max_age}"
        headers["Vary"] = "Authorization, X-Api-Key"
        if _matches(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(
                status_code=304, headers={k: v for k, v in headers.items() if k.lower() not in ("content-length", "content-type")}
            )
        return Response(body, headers=headers)

    if web.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(web.origins),
            allow_methods=["GET", "HEAD"],
            allow_headers=["Authorization", "X-Api-Key", "If-None-Match"],
            expose_headers=["ETag"],
        )


def problem(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error by RFC 9457."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    return Response(json.dumps(body), status, dict(headers or {}), "application/problem+json")


def _where(location: Sequence[Any]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _matches(condition: str | None, tag: str) -> bool:
    """If-None-Match by RFC 9110: a list of tags, weak ones too, or a star."""
    if condition is None:
        return False
    return condition.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in condition.split(",")]
