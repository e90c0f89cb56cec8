"""The workspace's database: Peewee models, migrations, queries, transactions. The only importer of peewee.

Reads return values of `app.domain.views`; nothing outside ever holds a model object.
"""

from app.store.sqlite import faults_explained
from app.store.store import Store

__all__ = ["Store", "faults_explained"]
