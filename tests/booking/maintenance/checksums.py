"""Prints the number of rows of each table, and a checksum of them that does not depend on the database's engine."""

import hashlib
import json

import django

django.setup()

from django.apps import apps  # noqa: E402 - the settings come first


def plain(value):
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


for model in apps.get_models(include_auto_created=True):
    digest, columns = hashlib.sha256(), [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*columns)
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, default=plain).encode())
    print(model._meta.db_table, len(rows), digest.hexdigest())  # noqa: T201
