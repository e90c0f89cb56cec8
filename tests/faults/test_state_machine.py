"""A mailbox changed at random, and the program killed and cut off at random: what comes of it equals a model.

Hypothesis chooses the steps, the same ones each time. Longer histories: `python -m tests.bench.soak`."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.store import models
from tests.faults import history
from tests.faults.mail_world import CONVERSATION, KINDS, MailWorld, Wrong
from tests.support.authority import Authority
from tests.support.dovecot import Dovecot
from tests.support.killer import Killer
from tests.support.submission import Submission

NUMBER = st.integers(0, 1 << 12)
EXAMPLES = int(os.environ.get("HITCHPOST_EXAMPLES", "5"))
Servers = tuple[Dovecot, Submission, Authority, Killer]
_names = itertools.count(1)


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    with Killer() as started:
        yield started


@pytest.fixture
def servers(
    dovecot: Dovecot,
    secure_submission: Submission,
    authority: Authority,
    killer: Killer,
    monkeypatch: pytest.MonkeyPatch,
) -> Servers:
    monkeypatch.setenv("HITCHPOST_PASSPHRASE", "a passphrase for tests")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return dovecot, secure_submission, authority, killer


def machine_for(servers: Servers) -> type[RuleBasedStateMachine]:
    class Mailbox(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = MailWorld(*servers, f"h{next(_names)}").__enter__()

        def teardown(self) -> None:
            try:
                self.world.compare()
            finally:
                self.world.__exit__()

        @initialize(to=NUMBER)
        def something_was_sent(self, to: int) -> None:
            self.world.send(to)

        @rule(kind=st.integers(0, len(KINDS) - 1), about=NUMBER, place=NUMBER)
        def deliver(self, kind: int, about: int, place: int) -> None:
            self.world.deliver(kind, about, place)

        @rule(about=NUMBER, answered=NUMBER)
        def write_elsewhere(self, about: int, answered: int) -> None:
            self.world.write_elsewhere(about, answered)

        @rule(which=NUMBER, where=NUMBER)
        def move(self, which: int, where: int) -> None:
            self.world.move(which, where)

        @rule(which=NUMBER, where=NUMBER)
        def copy(self, which: int, where: int) -> None:
            self.world.copy(which, where)

        @rule(about=NUMBER, place=NUMBER)
        def write_draft(self, about: int, place: int) -> None:
            self.world.write_draft(about, place)

        @rule(which=NUMBER)
        def finish_draft(self, which: int) -> None:
            self.world.finish_draft(which)

        @rule(which=NUMBER, how=NUMBER)
        def damage(self, which: int, how: int) -> None:
            self.world.damage(which, how)

        @rule(which=NUMBER)
        def mend(self, which: int) -> None:
            self.world.mend(which)

        @rule(after=NUMBER)
        def cancel(self, after: int) -> None:
            self.world.sync_cancelled(after)

        @rule(which=NUMBER, gone=st.booleans())
        def delete(self, which: int, gone: bool) -> None:
            (self.world.delete if gone else self.world.throw_away)(which)

        @rule(which=NUMBER, how=st.sampled_from(["make", "rename", "delete"]))
        def change_folder(self, which: int, how: str) -> None:
            if how == "make":
                self.world.make_folder()
            else:
                (self.world.rename_folder if how == "rename" else self.world.delete_folder)(which)

        @rule()
        def renumber(self) -> None:
            self.world.renumber_inbox()

        @rule(to=NUMBER)
        def send(self, to: int) -> None:
            self.world.send(to)

        @rule()
        def sync(self) -> None:
            self.world.sync()

        @rule(after=NUMBER, at_steps=st.booleans())
        def kill(self, after: int, at_steps: bool) -> None:
            self.world.sync_killed(after, at_steps=at_steps)

        @rule(after=NUMBER, how=NUMBER)
        def cut(self, after: int, how: int) -> None:
            self.world.sync_cut(after, how)

    return Mailbox


def test_the_program_keeps_step_with_the_mailbox(servers: Servers) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine_for(servers),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("seed", [51, 58])
def test_histories_that_found_something(servers: Servers, seed: int) -> None:
    """Short ones of the soak's kind."""
    chance = random.Random(seed)
    with MailWorld(*servers, f"seed{seed}", in_pieces=False) as world:
        for _ in range(40):
            history.step(world, chance)
        world.compare()
        assert world.counts.kills or world.counts.cuts


@pytest.mark.parametrize("after", [14, 17, 20])
def test_a_conversation_in_a_first_look_that_is_interrupted(servers: Servers, after: int) -> None:
    """Nothing of the folder is read again to find it, and what is read the ledger tells."""
    with MailWorld(*servers, f"converse{next(_names)}") as world:
        world.send(0)
        world.sync()
        for number in range(16):
            world.deliver(KINDS.index("unrelated"), number, 1)
        world.converse(0, after)
        world.compare()
        assert world.counts.cancelled == 1
        assert models.Message.select().count() == 1 + CONVERSATION


@pytest.mark.parametrize("numbered_anew", [True, False])
def test_an_answer_of_a_first_look_whose_original_turns_up_later(servers: Servers, numbered_anew: bool) -> None:
    """It was passed over, and is logged once what it answers is filed in Sent by another program."""
    with MailWorld(*servers, f"early{next(_names)}") as world:
        world.send(0)
        world.sync()
        world.deliver(KINDS.index("reply"), 0, 1)
        world.sync()
        if numbered_anew:
            world.renumber_inbox()
        world.write_elsewhere(0, 3)  # the answer, a sync, the original
        world.compare()
        assert models.Message.select().count() == 4


def test_the_model_sees_what_is_wrong(servers: Servers) -> None:
    """A message that is taken from the timeline by force, and one that is there against the rules."""
    with MailWorld(*servers, f"wrong{next(_names)}") as world:
        world.send(0)
        world.sync()
        world.deliver(KINDS.index("reply"), 0, 1)
        world.deliver(KINDS.index("unrelated"), 0, 1)
        world.compare()
        row = models.Message.get(models.Message.direction == "received")
        text, row.text = row.text, row.text.replace(world.mails[0].token, world.mails[1].token)
        row.save()
        with pytest.raises(Wrong, match=r"lost|against the rules"):
            world.compare()
        row.text = text
        row.save()
        world.compare()
        models.Event.delete().execute()
        with pytest.raises(Wrong, match="has events"):
            world.compare()
