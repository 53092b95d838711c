"""Sends large answers in portions, each once the client has read the last, so that time limits can be applied."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PORTION = 65_536


class Portions:
    """ASGI middleware that cuts a large body into portions."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_portions(message: Message) -> None:
            body = message.get("body", b"")
            if message["type"] != "http.response.body" or len(body) <= PORTION:
                await send(message)
                return
            more = message.get("more_body", False)
            for start in range(0, len(body), PORTION):
                follows = more or start + PORTION < len(body)
                await send({"type": "http.response.body", "body": body[start : start + PORTION], "more_body": follows})

        await self.app(scope, receive, send_portions)
