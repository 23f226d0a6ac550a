"""The system's Chromium, started so that it makes no requests but those of the page under test."""

import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first starts no windows
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
SWITCHED_OFF = ("gpu", "quic", "background-networking", "component-update", "sync")
CHROMIUM_ARGS = ["--no-sandbox", "--no-first-run", *(f"--disable-{noise}" for noise in SWITCHED_OFF)]
