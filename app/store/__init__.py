"""The workspace's database: Peewee models, migrations, queries, transactions. The only importer of peewee.

Reads return values of `app.domain.views`; nothing outside ever holds a model object.
"""

import app.store.drivers  # noqa: F401  # first: it decides what Peewee loads
from app.store.sqlite import faults_explained
from app.store.store import Store

__all__ = ["Store", "faults_explained"]
