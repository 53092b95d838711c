"""The Chromium of this machine, if there is one."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def program() -> str:
    """Path of a Chromium; empty where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")
