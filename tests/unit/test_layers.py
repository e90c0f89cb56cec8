"""The import table of the README's map, and the one home of each library. Prints `file:line imports X`."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"

# Who may import whom. An adapter room imports domain and its own library, not another adapter.
DOMAIN = {"domain"}
ADAPTERS = {"interchange", "mime", "oauth", "providers", "secrets", "backends", "store", "tracking", "words"}
ALLOWED: dict[str, set[str]] = {
    "domain": DOMAIN,
    **{room: {*DOMAIN, room} for room in ADAPTERS},
    "services": {*DOMAIN, *ADAPTERS, "services"},
    "runtime": {*DOMAIN, *ADAPTERS, "services", "runtime"},
    # Screens talk to the façade; they use pure rooms for texts and HTML, and never a server adapter or the store.
    "ui": {*DOMAIN, "mime", "words", "secrets", "runtime", "ui"},
    "demo": {*DOMAIN, "backends", "runtime", "demo"},
    "cli": {*DOMAIN, *ADAPTERS, "services", "demo", "runtime", "cli", "bootstrap", "ui"},
    "bootstrap": {*DOMAIN, *ADAPTERS, "services"},
    "main": {"cli", "ui"},
    "__main__": {"main"},
}
# Exceptions, written where they are made.
EXCEPTIONS = {
    ("app/ui/application.py", "bootstrap"): "builds the program",
    ("app/ui/application.py", "services"): "hands the workspace from the bootstrap to the façade",
}
HOMES: dict[str, set[str]] = {
    "peewee": {"store"},
    "imapclient": {"backends"},
    "imaplib": {"backends"},
    "smtplib": {"backends"},
    "keyring": {"secrets"},
    "nh3": {"mime"},
    "inscriptis": {"mime"},
    "babel": {"mime"},
    "phonenumbers": {"mime"},
    "charset_normalizer": {"interchange"},
    "lxml": {"mime", "tracking", "providers"},
    "psycopg": {"tracking"},
    "uvicorn": {"tracking"},
    "prometheus_client": {"tracking"},
    "starlette": {"tracking"},
    "httpx": {"tracking", "demo", "providers"},
    "dns": {"providers"},
    "idna": {"domain", "tracking"},  # one meaning of a name for all; a tracked link may lead to what is no mail domain
    "publicsuffixlist": {"domain"},  # whose domain an address is in: one meaning for all
    "httpx_sse": {"tracking"},
    "jeepney": {"runtime"},
    "pymap": {"demo"},
    "aiosmtpd": {"demo"},
    "cryptography": {"secrets", "tracking", "backends", "demo", "oauth"},
    "authlib": {"oauth"},
    "msal": {"oauth"},
    "exchangelib": {"backends"},
    "requests": {"oauth", "backends"},
    "urllib3": {"backends"},
    "platformdirs": {"bootstrap"},
    "PySide6.QtCore": {"runtime", "ui", "demo"},
    "PySide6.QtGui": {"ui"},
    "PySide6.QtWidgets": {"ui"},
    "PySide6.QtNetwork": {"ui", "runtime"},  # runtime: whether there is a network, and whether it is metered
    "PySide6.QtSvg": {"ui"},
}


def imports(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module in ("PySide6", "app"):
                found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, node.module))
        elif isinstance(node, ast.ImportFrom) and node.level:
            found.append((node.lineno, "a relative import"))
    return found


def room_of(path: Path) -> str:
    parts = path.relative_to(APP).parts
    return parts[0] if len(parts) > 1 else path.stem


def files() -> list[Path]:
    return [p for p in sorted(APP.rglob("*.py")) if p.name != "__init__.py" or p.parent != APP]


def test_imports_point_one_way() -> None:
    wrong = []
    for path in files():
        name = str(path.relative_to(ROOT))
        allowed = ALLOWED[room_of(path)]
        for line, module in imports(path):
            target = module.split(".")[1] if module.startswith("app.") else ""
            if module == "a relative import" or (
                target and target not in allowed and target != "__version__" and (name, target) not in EXCEPTIONS
            ):
                wrong.append(f"{name}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_every_library_has_one_home() -> None:
    wrong = []
    for path in files():
        for line, module in imports(path):
            for library, homes in HOMES.items():
                if (module == library or module.startswith(library + ".")) and room_of(path) not in homes:
                    wrong.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_every_room_is_in_the_table() -> None:
    rooms = {room_of(path) for path in files()}
    assert rooms <= set(ALLOWED), rooms - set(ALLOWED)
    assert not [p for p in files() if p.stem in ("utils", "helpers", "common", "misc", "manager")]
