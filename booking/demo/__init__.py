"""The made-up practice of `load_demo`: its set-up tables, its people, six weeks of calendar and a queue."""
