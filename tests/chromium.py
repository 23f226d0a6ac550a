"""The system's Chromium, started so that it makes no requests but those of the page under test."""

import shutil

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHED_OFF = ("gpu", "quic", "background-networking", "component-update", "sync")
CHROMIUM_ARGS = ["--no-sandbox", "--no-first-run", *(f"--disable-{noise}" for noise in SWITCHED_OFF)]
