"""`demo`: a workspace with a living mailbox, no account needed. With a display it is the program itself; without one it
runs to the end, prints timeline and feed, and saves pictures of every screen."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.display import has_display
from app.cli.opening import stop_on_signals
from app.cli.output import emit, say
from app.cli.parsing import Parser, count
from app.cli.records import contact_document, event_document, feed_lines, message_document, timeline_lines
from app.domain.checks import StepFailed, StepPassed
from app.domain.errors import UsageError

if TYPE_CHECKING:
    from app.demo.director import Director
    from app.demo.run import DemoWorld
    from app.ui.application import Desktop

_NOTICE = "Sample mail: this is the demo, and nothing here leaves this computer"
_STOPPED = "The demo was stopped"


def add_demo(command: Parser, common: Parser) -> None:
    command.add_argument("--steps", type=count, metavar="N", help="only the first N steps of the story")
    command.add_argument(
        "--pictures", type=Path, metavar="DIR", help="save pictures of the screens there (without a window)"
    )
    command.add_argument("--offscreen", action="store_true", help="without a window, even where there is a display")
    command.set_defaults(run=_demo)


def _demo(options: Namespace) -> int:
    windowless = options.offscreen or options.json or options.pictures is not None or not has_display()
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        windowless = True
    pictures: Path | None = None
    if windowless:
        pictures = _folder(options.pictures or Path("pictures"))
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with stop_on_signals() as asked:  # noted from the beginning: in the middle of an import it would leave a mess
        if windowless:
            say("Hitchpost demo: without a window, so it tells what happens. It takes about ten seconds.")
        return _play(options, pictures, asked)


def _folder(path: Path) -> Path:
    """Made now: after the story it would be late to find that it cannot be. Raises UsageError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise UsageError(
            f"Pictures cannot be saved in {path}: {error.strerror}. Choose another folder with --pictures."
        ) from error


def _play(options: Namespace, pictures: Path | None, asked: threading.Event) -> int:
    """With a window when `pictures` is None: the person quits it. Without one the end of the story does. `asked`: to
    stop, before there is an event loop."""
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
            desktop = Desktop(app, open_workspace(home, "demo", environ), notice=_NOTICE)
            try:
                director = Director(desktop.program, world)
                director.told.connect(say)
                timer = let_signals_in(app, desktop.program)
                ended: list[tuple[bool, str]] = []
                stopped: list[bool] = []
                desktop.program.quit_requested.connect(_noter(stopped))
                if pictures is not None:
                    director.finished.connect(_ender(ended, desktop))
                else:
                    director.finished.connect(_teller(started))
                if not asked.is_set():
                    desktop.start()
                    director.start()
                    app.exec()
                timer.stop()
                if pictures is None:
                    return 0
                if stopped or not ended:
                    emit(options, {"ok": False, "text": f"{_STOPPED}."}, lambda: [f"{_STOPPED}."])
                    return 1
                return _report(options, desktop, director, world, ended[0], pictures, started)
            finally:
                desktop.close()


def _noter(stopped: list[bool]) -> Callable[[], None]:
    return lambda: stopped.append(True)


def _teller(started: float) -> Callable[[bool, str], None]:
    """With a window: the story is over, and the program stays open to look around."""
    return lambda _ok, text: say(f"{text} ({time.monotonic() - started:.1f} s). Quit the window to end the demo.")


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
    ended: tuple[bool, str],
    folder: Path,
    started: float,
) -> int:
    """Prints what happened and saves the pictures, while everything still runs."""
    ok, text = ended
    program = desktop.program
    people = [(program.find_contact(p.address.addr_spec), p) for p in world.people]
    timelines = [
        (card, program.timeline(card.id))
        for contact, _ in people
        if contact is not None and (card := program.contact(contact)) is not None
    ]
    events = program.feed(limit=1000)
    pictures = desktop.save_pictures(folder)
    checks = [
        {"step": e.step.value, "ok": isinstance(e, StepPassed), "detail": getattr(e, "detail", "")}
        for e in director.checks
        if isinstance(e, StepPassed | StepFailed)
    ]
    document: dict[str, Any] = {
        "ok": ok,
        "text": text,
        "checks": checks,
        "timelines": [
            {"contact": contact_document(card), "messages": [message_document(m) for m in messages]}
            for card, messages in timelines
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
            if messages:
                out += timeline_lines(card, messages)
        out += ["", "Feed, newest first:", *feed_lines(events), ""]
        out += [f"Pictures of the screens: {folder.resolve()}"] if pictures else []
        return [*out, f"{text} ({document['seconds']} s)."]

    emit(options, document, lines)
    return 0 if ok else 1
