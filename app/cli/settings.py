"""`settings`: values of the workspace, shown and set."""

from __future__ import annotations

import argparse
from argparse import Namespace
from typing import Any

from app.bootstrap import open_workspace
from app.cli.output import emit
from app.domain.changes import Area


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    settings = commands.add_parser("settings", parents=[common], help="show and change settings")
    settings.set_defaults(run=_all)
    actions = settings.add_subparsers(dest="action", metavar="ACTION")
    get = actions.add_parser("get", parents=[common], help="one value")
    get.add_argument("name")
    get.set_defaults(run=_get)
    put = actions.add_parser("set", parents=[common], help="change one value")
    put.add_argument("name")
    put.add_argument("value")
    put.set_defaults(run=_set)


def _all(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        values = {**workspace.store.settings.all(), "user_name": workspace.store.user_name()}
    finally:
        workspace.store.close()
    if values["tracking.token"]:
        values["tracking.token"] = "(set)"
    emit(options, {"settings": values}, lambda: [f"{name} = {value}" for name, value in values.items()])
    return 0


def _get(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        if options.name == "user_name":
            value: Any = workspace.store.user_name()
        else:
            value = workspace.store.settings.get(options.name)
    finally:
        workspace.store.close()
    emit(options, {"name": options.name, "value": value}, lambda: [str(value)])
    return 0


def _set(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        if options.name == "user_name":
            workspace.store.rename_user(options.value.strip())
            value: Any = options.value.strip()
        else:
            with workspace.store.transaction(Area.SETTINGS, source="command line"):
                workspace.store.settings.put(options.name, options.value)
            value = workspace.store.settings.get(options.name)
    finally:
        workspace.store.close()
    emit(options, {"name": options.name, "value": value}, lambda: [f"{options.name} = {value}"])
    return 0
