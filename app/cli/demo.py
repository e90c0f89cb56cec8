"""`demo`: a workspace with a living mailbox, no account needed. With a display it is the program itself; without one it
runs to the end, prints timeline and feed, and saves pictures of every screen."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import emit, say
from app.cli.records import contact_document, event_document, feed_lines, message_document, timeline_lines
from app.domain.checks import StepFailed, StepPassed

if TYPE_CHECKING:
    from app.demo.director import Director
    from app.demo.run import DemoWorld
    from app.ui.application import Desktop


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    demo = commands.add_parser("demo", parents=[common], help="try the program with sample mail, no account needed")
    demo.add_argument("--steps", type=_count, metavar="N", help="only the first N steps of the story")
    demo.add_argument("--pictures", type=Path, metavar="DIR", help="where to save pictures of the screens")
    demo.add_argument("--offscreen", action="store_true", help="without a window, even where there is a display")
    demo.set_defaults(run=_demo)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("--steps takes a whole number from 1 on")
    return int(text)


def has_display() -> bool:
    """Whether a window can be opened here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _demo(options: Namespace) -> int:
    windowless = options.offscreen or options.json or not has_display()
    if windowless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        say("Hitchpost demo: no display, so it runs offscreen and tells what happens.")
    from app.bootstrap import open_workspace
    from app.demo.director import Director
    from app.demo.run import prepare
    from app.ui.application import Desktop, let_signals_in, make_application

    started = time.monotonic()
    app = make_application()
    with tempfile.TemporaryDirectory(prefix="hitchpost-demo-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        environ = {"HITCHPOST_PASSPHRASE": secrets.token_urlsafe(16)}
        with prepare(home, steps=options.steps) as world:
            workspace = open_workspace(home, "demo", environ)
            desktop = Desktop(app, workspace)
            director = Director(desktop.program, world)
            director.told.connect(say)
            timer = let_signals_in(app, desktop.program)
            ended: list[tuple[bool, str]] = []
            if windowless:
                director.finished.connect(_ender(ended, desktop))
            else:
                desktop.program.quit_requested.connect(world.stop)
            desktop.start()
            director.start()
            app.exec()
            timer.stop()
            status = _report(options, desktop, director, world, ended, started) if windowless else 0
            desktop.close()
    return status


def _ender(ended: list[tuple[bool, str]], desktop: Desktop) -> Callable[[bool, str], None]:
    def end(ok: bool, text: str) -> None:
        ended.append((ok, text))
        desktop.leave_loop()

    return end


def _report(
    options: Namespace,
    desktop: Desktop,
    director: Director,
    world: DemoWorld,
    ended: list[tuple[bool, str]],
    started: float,
) -> int:
    """Prints what happened and saves the pictures, while everything still runs."""
    ok, text = ended[0] if ended else (False, "The demo was stopped")
    program = desktop.program
    people = [(program.find_contact(p.address.addr_spec), p) for p in world.people]
    timelines = [(program.contact(c), program.timeline(c)) for c, _ in people if c is not None]
    events = program.feed(limit=1000)
    pictures = desktop.save_pictures(options.pictures or Path.cwd() / "pictures")
    checks = [
        {"step": e.step.value, "ok": isinstance(e, StepPassed), "detail": getattr(e, "detail", "")}
        for e in director.checks
        if isinstance(e, StepPassed | StepFailed)
    ]
    document = {
        "ok": ok,
        "text": text,
        "checks": checks,
        "timelines": [
            {"contact": contact_document(card), "messages": [message_document(m) for m in messages]}
            for card, messages in timelines
            if card is not None
        ],
        "events": [event_document(e) for e in events],
        "pictures": [str(p) for p in pictures],
        "seconds": round(time.monotonic() - started, 1),
    }

    def lines() -> list[str]:
        out = ["", "Checks of the account:"]
        out += [f"  {'ok' if c['ok'] else 'FAILED'}  {c['step']}  {c['detail']}" for c in checks]
        out += ["", "Timelines:"]
        for card, messages in timelines:
            if card is not None and messages:
                out += timeline_lines(card, messages)
        out += ["", "Feed, newest first:", *feed_lines(events), ""]
        out += [f"Pictures of the screens: {pictures[0].parent}"] if pictures else []
        return [*out, f"{text} ({document['seconds']} s)."]

    emit(options, document, lines)
    return 0 if ok else 1
