"""Queries whose SQL is made once and not for every row. Used by the gateways for what a sync asks for each message that it
logs: to build a statement takes Peewee ten times as long as the database takes to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from peewee import Field, Query, Value

from app.store import models as m

_SIZES = (1, 4, 16, 64, 256)  # of lists


class _Slot:
    """Stands in a statement's parameters for an argument."""

    def __init__(self, place: int, convert: Callable[[Any], Any] | None) -> None:
        self.place, self.convert = place, convert


def _slot(place: int, field: Field | None = None) -> Value:
    return Value(_Slot(place, None if field is None else field.db_value), converter=False, unpack=False)


class Prepared:
    """`build` is called once, with one node for each of `arguments`, and gives the query; what it compares with must be
    stored as it is given (no instants, no JSON). Constants stay in it."""

    def __init__(self, arguments: int, build: Callable[..., Query]) -> None:
        self._arguments, self._build = arguments, build
        self._made: tuple[str, list[Any]] | None = None

    def _query(self) -> Query:
        return self._build(*(_slot(place) for place in range(self._arguments)))

    def _execute(self, *given: Any) -> Any:
        sql, parameters = self._statement()
        return m.database.execute_sql(sql, _filled(parameters, given))

    def _statement(self) -> tuple[str, list[Any]]:
        if self._made is None:  # not before a database is open
            self._made = self._query().sql()
        return self._made

    def rows(self, *given: Any) -> list[tuple[Any, ...]]:
        """As they are stored: instants in microseconds, JSON as text."""
        return list(self._execute(*given).fetchall())

    def row(self, *given: Any) -> tuple[Any, ...] | None:
        """The first one."""
        found = self.rows(*given)
        return found[0] if found else None

    def run(self, *given: Any) -> None:
        self._execute(*given)


def _filled(parameters: list[Any], given: tuple[Any, ...]) -> list[Any]:
    filled = []
    for parameter in parameters:
        if isinstance(parameter, _Slot):
            value, convert = given[parameter.place], parameter.convert
            filled.append(value if convert is None or value is None else convert(value))
        else:
            filled.append(parameter)
    return filled


class Among:
    """A query for the rows in which something is one of some values, however many these are."""

    def __init__(self, build: Callable[[list[Value]], Query]) -> None:
        self._sizes = {size: Prepared(size, lambda *slots: build(list(slots))) for size in _SIZES}

    def rows(self, values: Collection[Any]) -> list[tuple[Any, ...]]:
        wanted = list(dict.fromkeys(values))
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(wanted), _SIZES[-1]):
            some = wanted[start : start + _SIZES[-1]]
            size = next(size for size in _SIZES if size >= len(some))
            found += self._sizes[size].rows(*some, *(some[-1:] * (size - len(some))))
        return found


class Inserted(Prepared):
    """Rows of one table, with these columns given as Peewee's fields take them; the others get their defaults. `ignore`:
    a row that is there already stays."""

    def __init__(self, table: type[m.Table], *columns: str, ignore: bool = False) -> None:
        super().__init__(len(columns), lambda *_: self._insert())
        self._table, self._columns, self._ignore = table, columns, ignore

    def _insert(self) -> Query:
        fields = self._table._meta.fields
        query = self._table.insert(
            {fields[name]: _slot(place, fields[name]) for place, name in enumerate(self._columns)}
        )
        return query.on_conflict_ignore() if self._ignore else query

    def add(self, values: Mapping[str, Any]) -> int:
        """The new row's number."""
        cursor = self._execute(*(values[name] for name in self._columns))
        return int(cursor.lastrowid)

    def add_all(self, rows: Iterable[Mapping[str, Any]]) -> None:
        sql, parameters = self._statement()
        filled = [_filled(parameters, tuple(row[name] for name in self._columns)) for row in rows]
        if filled:
            m.database.cursor().executemany(sql, filled)
