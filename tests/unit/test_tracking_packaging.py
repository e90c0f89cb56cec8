"""What packaging/tracking gives to a person: each file is looked at by the program that it is for, where that is installed, and
the commands in it are ones that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from app.cli.run import parser

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging" / "tracking"
UNIT = FOLDER / "hitchpost-tracking.service"


def unit_text() -> str:
    return UNIT.read_text().replace("\\\n", " ")


def run(*command: str) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_unit_starts_what_the_program_knows() -> None:
    (start,) = re.findall(r"^ExecStart=(.*)$", unit_text(), re.MULTILINE)
    program, *words = shlex.split(start)
    assert program.endswith("/bin/hitchpost")
    options = parser().parse_args(words)
    assert (options.host, options.port, options.trusted_proxy) == ("127.0.0.1", 8725, ["127.0.0.1"])


def test_unit_is_confined() -> None:
    unit = RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(unit_text())
    service = dict(unit["Service"])
    assert service["User"] != "root"
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "MemoryDenyWriteExecute"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    (tmp_path / "hitchpost").touch(0o755)
    text = re.sub(r"/opt/hitchpost/.venv/bin/hitchpost", str(tmp_path / "hitchpost"), UNIT.read_text())
    copy.write_text(text.replace("Documentation=", "#"))
    ended = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False
    )
    assert [line for line in ended.stderr.splitlines() if UNIT.name in line] == []


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_understands_its_file(tmp_path: Path) -> None:
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} "
        f"http {{ access_log off; include {FOLDER / 'nginx.conf'}; }}"
    )
    run("nginx", "-t", "-e", str(tmp_path / "error.log"), "-c", str(config), "-p", str(tmp_path))


@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not installed")
def test_caddy_understands_its_file(tmp_path: Path) -> None:
    told = run(
        "env", f"HOME={tmp_path}", "caddy", "adapt", "--adapter", "caddyfile", "--config", str(FOLDER / "Caddyfile")
    )
    assert "127.0.0.1:8725" in told


def test_both_proxies_hide_the_metrics_and_keep_no_log() -> None:
    nginx, caddy = (FOLDER / "nginx.conf").read_text(), (FOLDER / "Caddyfile").read_text()
    assert "access_log off;" in nginx
    assert re.search(r"location = /metrics \{\s+return 404;", nginx)
    assert "X-Forwarded-For $remote_addr" in nginx  # not what the client sent
    assert "respond @metrics 404" in caddy
    assert "output discard" in caddy


def test_life_is_asked_for_where_a_server_would_be_left_out_or_started_anew() -> None:
    """While the database is away links must lead on: nothing here may take a server away for that."""
    for name in ("nginx.conf", "Caddyfile", "Containerfile", UNIT.name):
        asking = [line for line in (FOLDER / name).read_text().splitlines() if "/readyz" in line]
        assert all(line.strip().startswith("#") for line in asking), name
    assert "/healthz" in (FOLDER / "Containerfile").read_text().partition("HEALTHCHECK")[2]
    assert re.search(r"^ExecStartPost=.*/healthz$", unit_text(), re.MULTILINE)
    page = (FOLDER / "README.md").read_text()
    assert "health_uri /healthz" in page and "/readyz" in page


def test_container_runs_as_nobody_in_particular_and_copies_what_is_there() -> None:
    text = (FOLDER / "Containerfile").read_text().replace("\\\n", " ")
    steps = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    names = [name for name, _ in steps]
    assert names[0] == "FROM"
    assert set(names) <= {
        "FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD",
    }  # fmt: skip
    assert any(name == "USER" and value != "root" for name, value in steps)
    for name, value in steps:
        if name == "COPY" and not value.startswith("--from"):
            assert all((ROOT / source).exists() for source in value.split()[:-1])
    (words,) = re.findall(r"^CMD \[(.*)\]$", text, re.MULTILINE)
    assert parser().parse_args([word.strip(' "') for word in words.split(",")]).host == "0.0.0.0"


def test_commands_of_the_page_exist() -> None:
    page = (FOLDER / "README.md").read_text().replace("\\\n", " ")
    found = re.findall(r"(?:bin/hitchpost|^hitchpost) ([a-z][^#\n]*)", page, re.MULTILINE)
    assert len(found) >= 4
    for words in found:
        parser().parse_args(shlex.split(words))
    for name in ("hitchpost-tracking.service", "Caddyfile", "nginx.conf", "Containerfile"):
        assert name in page
        assert (FOLDER / name).is_file()
