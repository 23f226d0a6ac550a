"""The invented practice of `load_demo`: setup tables, patients, six weeks of calendar, and a queue."""
