"""Checks Host and Origin of every request, and adds the security headers to every answer.

A page elsewhere can make a visitor's browser talk to a service on loopback, by a name that it points there (DNS
rebinding) or by a plain cross-site request. So only names that are ours are answered, and only pages that are ours may ask.
RDF that is published is there for pages of every site, to read by GET.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphsvc.errors import GraphsvcError, Refused, UsageError
from graphsvc.exports.thing import FORMATS as RDF_FORMATS
from graphsvc.settings import Settings
from graphsvc.web.negotiation import form_of

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Of everything that is no page: nothing may be fetched, run or framed."""
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def editor_policy(nonce: str) -> str:
    """The policy of the GraphiQL page.

    Monaco makes style sheets at run time: they carry the nonce. It also places lines with ``style`` attributes in text that
    it parses as HTML, which no nonce or hash can name: ``style-src-attr 'unsafe-inline'`` is unavoidable there, and only there.
    """
    return (
        f"default-src 'none'; script-src 'self'; style-src-elem 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def host_name(netloc: str) -> str:
    """The name in ``name:port`` or ``[::1]:port``, in small letters; empty where there is none or it is no host."""
    try:
        parts = urlsplit(f"//{netloc}")
        _ = parts.port
    except ValueError:
        return ""
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return ""
    return (parts.hostname or "").rstrip(".")


def is_loopback(name: str) -> bool:
    """Whether a name can only mean this machine."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def from_elsewhere(headers: Headers) -> bool:
    """Whether the browser's headers say that a page of another site made the request."""
    return headers.get("sec-fetch-site") in ("cross-site", "same-site")


def refuse_cross_site_navigation(headers: Headers) -> None:
    """Raises :class:`Refused` for a query that a link on another site made the browser send.

    Without a listed Origin, that is; GET with a query would let any page have the store work.
    """
    if from_elsewhere(headers) and "origin" not in headers:
        raise Refused(
            "Another site's page sent the browser here with a query, and such a query is not run.",
            "Open /graphiql and ask there, or type the address.",
        )


PUBLIC_PATHS = ("/id/", "/claim/", "/graph", "/ontology")
"""Where RDF is read, apart from ``/graphql`` and ``/graphiql``, which only begin alike."""
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Lets a page of any site read an answer, without cookies (Fetch standard, CORS protocol)."""


def is_public(settings: Settings) -> bool:
    """Whether RDF is there for pages of other sites: as it is set, else where IRIs name more than this machine.

    Raises :class:`UsageError` for a setting that is neither yes nor no.
    """
    wanted = settings.public_rdf.strip().lower()
    if wanted not in ("", "yes", "no"):
        raise UsageError(f"GRAPHSVC_PUBLIC_RDF={settings.public_rdf!r} is neither yes nor no.", "Write yes or no.")
    return wanted == "yes" if wanted else not is_loopback(host_name(urlsplit(settings.base_iri).netloc))


def reads_rdf(scope: Scope, headers: Headers) -> bool:
    """Whether a request reads RDF of a thing, a claim, a named graph or the ontology."""
    path = scope["path"]
    there = path.startswith(PUBLIC_PATHS) and not path.startswith(("/graphql", "/graphiql"))
    if scope["method"] not in ("GET", "HEAD") or not there:
        return False
    return form_of(QueryParams(scope["query_string"]).get("format"), headers.get("accept", "")) in RDF_FORMATS


class Guard:
    """ASGI middleware that refuses foreign requests and adds the security headers to every answer."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        on_error: Callable[[Request, GraphsvcError], Awaitable[Response]],
    ) -> None:
        self.app = app
        self.on_error = on_error
        self.public = is_public(settings)
        self.listed = {host_name(item.strip().lower()) for item in settings.allowed_hosts.split(",")} - {""}
        wildcard = settings.host in ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
        self.named = self.listed | (set() if wildcard else {settings.host.lower()})

    def check(self, headers: Headers, *, shared: bool = False) -> None:
        """Raise :class:`Refused` unless the request names us and comes from us, or from no page at all.

        What is ``shared`` may be read by pages of any site.
        """
        hosts = headers.getlist("host")
        host = host_name(hosts[0].lower()) if len(hosts) == 1 else ""
        if not (is_loopback(host) or host in self.named):
            raise Refused(
                "This service does not answer to that host name.",
                "Use 127.0.0.1 or localhost, or list the name in GRAPHSVC_ALLOWED_HOSTS.",
            )
        origins = headers.getlist("origin")
        if shared and origins:
            return
        if not all(self._is_ours(origin, hosts[0]) for origin in origins):
            raise Refused(
                "This service answers only its own pages.", "List the asking page's host name in GRAPHSVC_ALLOWED_HOSTS."
            )
        if not origins and from_elsewhere(headers) and headers.get("sec-fetch-mode") != "navigate":
            raise Refused("This service answers only its own pages.", "Open the address itself instead of embedding it.")

    def _is_ours(self, origin: str, host: str) -> bool:
        try:
            source = urlsplit(origin)
        except ValueError:
            return False
        ours = source.scheme in ("http", "https") and source.netloc.lower() == host.lower()
        return ours or host_name(source.netloc.lower()) in self.listed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        asked = Headers(scope=scope)
        shared = self.public and reads_rdf(scope, asked)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", POLICY)
                if shared:
                    headers.update(SHARED)
            await send(message)

        try:
            self.check(asked, shared=shared)
        except Refused as error:
            response = await self.on_error(Request(scope, receive), error)
            await response(scope, receive, send_guarded)
            return
        await self.app(scope, receive, send_guarded)
