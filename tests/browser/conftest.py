"""`-m browser`: a server on 127.0.0.1 and the browser's driver; no other host is reached."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: the page in headless Chromium")
