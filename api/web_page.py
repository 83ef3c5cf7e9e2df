"""The web page: one file without external resources."""

import base64
import hashlib
import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

PAGE = Path(__file__).with_name("page.html")


def page_router() -> APIRouter:
    """The route to the page, which is read once."""
    router = APIRouter()
    content = PAGE.read_text(encoding="utf-8")
    headers = {"Content-Security-Policy": policy(content)}

    @router.get("/", include_in_schema=False)
    def page() -> HTMLResponse:
        return HTMLResponse(content, headers=headers)

    return router


def policy(content: str) -> str:
    """What the browser may run: the page's own script by its hash, and no other."""
    scripts = re.findall(r"<script>(.*?)</script>", content, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
