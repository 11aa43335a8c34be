"""The ways to one kept answer, and the proof that each gives it, out of memory, to nobody else."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cache_house
import hcp
from cache_house import Portico, Redis
from hcp import Hcp
from management import TARGET
from processes import BenchError, Server
from servers import Setup
from signing import Answer, once, signed_headers
from workloads import EMPTY_HASH, Workload

# What every request to the simulator waits for, in milliseconds: a store that is no memory.
DELAY = 5
DIRECT, NGINX, BARE = "direct", "nginx", "bare"
DOOR, REST, S3 = "portico, /mapi", "portico, REST", "portico, S3"
SHARED = ", Redis"
# The ways to what Portico keeps in its own memory.
MEMORY = (DOOR, REST, S3)
TIERS = ("memory", "redis")
# wrk waits for the body that a HEAD announces and never gets: hence an empty object.
OBJECT = f"/{hcp.NAMESPACE}/empty"


@dataclass(frozen=True)
class Question:
    """What is asked, as the store would hear it."""

    name: str
    method: str
    path: str


MANAGEMENT = Question(f"GET {TARGET}", "GET", TARGET)
HEAD_OBJECT = Question(f"HeadObject {OBJECT}", "HEAD", OBJECT)
QUESTIONS = (MANAGEMENT, HEAD_OBJECT)


@dataclass(frozen=True)
class Way:
    """One way to the answer, and how it shows there that the answer was kept."""

    name: str
    server: Server
    question: Question
    path: str
    headers: dict[str, str]
    # A header and how it begins; none where nothing is kept.
    mark: tuple[str, str] | None = None
    redis: Redis | None = None
    # None until the answer is proven to be right.
    answer: Path | None = None

    def ask(self, **more: str) -> Answer:
        """Once, outside the measurement."""
        return once(self.question.method, self.path, self.server, {**self.headers, **more})


@contextmanager
def ways(setup: Setup, question: Question, tiers: list[str]) -> Iterator[tuple[Hcp, list[Way]]]:
    """All of them, proven, each with processes started for it."""
    with ExitStack() as stack:
        house = stack.enter_context(hcp.simulator(setup))
        _make_object(house)
        nginx = stack.enter_context(cache_house.nginx(setup, house))
        gateways = []
        for tier in tiers:
            redis = stack.enter_context(cache_house.redis(setup)) if tier == "redis" else None
            gateways.append(stack.enter_context(cache_house.portico(setup, house, redis)))
        house.delay(DELAY)
        found = [_direct(house, question), _nginx(nginx, question, house)]
        for gateway in gateways:
            found += _portico(gateway, question)
        proven, answers = _prove(found, house, setup.folder)
        # The engine alone says what Portico says, head and body.
        twin = next(way for way in proven if way.name.startswith("portico"))
        bare = stack.enter_context(cache_house.bare(setup, answers[twin.name]))
        alone = replace(twin, name=BARE, server=bare, path=question.path, redis=None)
        _expect_hits(alone, house)
        yield house, [*proven[:2], alone, *proven[2:]]


def _make_object(house: Hcp) -> None:
    work = Workload("PUT", 0, EMPTY_HASH)
    headers = signed_headers(work, hcp.DATA_HOST, OBJECT, house.keys)
    status = once("PUT", OBJECT, Server(DIRECT, house.data, None, tls=True), headers, b"").status
    if status != 200:
        raise BenchError(f"the simulated HCP stores no object: {status}")


def _signed(host: str, keys: tuple[str, ...]) -> dict[str, str]:
    return signed_headers(Workload("HEAD", 0, EMPTY_HASH), host, OBJECT, keys)


def _direct(house: Hcp, question: Question) -> Way:
    """As HCP's own clients ask, with HCP's own proofs."""
    if question is HEAD_OBJECT:
        server = replace(house.server, address=house.data)
        return Way(DIRECT, server, question, OBJECT, _signed(hcp.DATA_HOST, house.keys))
    own = {"Host": hcp.HOST, "Accept": "application/json", "Authorization": house.authorization}
    return Way(DIRECT, house.server, question, TARGET, own)


def _nginx(server: Server, question: Question, house: Hcp) -> Way:
    mark = ("x-cache", "HIT")
    return replace(_direct(house, question), name=NGINX, server=server, mark=mark)


def _portico(gateway: Portico, question: Question) -> list[Way]:
    shared = SHARED if gateway.redis else ""
    mark = ("cache-status", "portico; hit")

    def way(name: str, server: Server, path: str, headers: dict[str, str]) -> Way:
        return Way(name + shared, server, question, path, headers, mark, gateway.redis)

    if question is HEAD_OBJECT:
        signed = _signed(gateway.s3.address, gateway.keys)
        return [way(S3, gateway.s3, OBJECT, signed)]
    own = {"Host": gateway.api.address, "Accept": "application/json"}
    own["Authorization"] = gateway.bearer
    found = [way(DOOR, gateway.api, TARGET, own)]
    # What they share is measured once: the forms of the answer cost the same with Redis.
    return found if shared else [*found, way(REST, gateway.api, f"/api/v1{TARGET}", own)]


def _prove(ways: list[Way], house: Hcp, folder: Path) -> tuple[list[Way], dict[str, Answer]]:
    """Raises where a figure would mean nothing; gives the ways with the answers to expect."""
    answers: dict[str, Answer] = {}
    proven = []
    for number, way in enumerate(ways):
        _fill(way, house)
        _refuses_strangers(way)
        answer = _expect_hits(way, house) if way.mark else way.ask()
        _compare(way, answer, answers.get(DIRECT, answer))
        answers[way.name] = answer
        file = folder / f"kept-{number}"
        file.write_bytes(answer.body)
        proven.append(replace(way, mark=_as_spelt(way.mark, answer), answer=file))
    return proven, answers


def _fill(way: Way, house: Hcp) -> None:
    """Asks twice; the store is asked once where its answer is kept."""
    house.forget()
    statuses = [way.ask().status for _ in range(2)]
    if statuses != [200, 200]:
        raise BenchError(f"{way.name} answers {statuses}")
    asked = len(house.answered(way.question.method, way.question.path))
    # REST has the answer that the other door has got already.
    if asked != (2 if way.mark is None else 1) and (way.name, asked) != (REST, 0):
        raise BenchError(f"{way.name}: two requests, {asked} at HCP")


def _refuses_strangers(way: Way) -> None:
    """A kept answer, too, is for whom it was given to."""
    forged = way.headers["Authorization"][:-8] + "0" * 8
    status = way.ask(Authorization=forged).status
    if status not in (401, 403):
        raise BenchError(f"{way.name} answers {status} to a forged proof")


def _expect_hits(way: Way, house: Hcp) -> Answer:
    """Asks twice; both times the answer is a kept one, and the store is not asked."""
    house.forget()
    first, second = way.ask(), way.ask()
    for answer in (first, second):
        name, beginning = way.mark or ("", "")
        said = answer.header(name.lower()) or ""
        if answer.status != 200 or not said.startswith(beginning):
            raise BenchError(f"{way.name} answers {answer.status}, {name}: {said or 'not there'}")
    asked = house.answered(way.question.method, way.question.path)
    if first.body != second.body or asked:
        raise BenchError(f"{way.name} does not answer from what is kept: HCP answered {asked}")
    return second


def _compare(way: Way, answer: Answer, direct: Answer) -> None:
    """What is kept is what HCP says."""
    if answer.status != 200 or answer.header("etag") != direct.header("etag"):
        raise BenchError(f"{way.name} answers {answer.status}, and not as HCP does")
    if way.name == REST:
        raw, shown = json.loads(direct.body), json.loads(answer.body)
        if raw["name"] != hcp.NAMESPACE or {**shown, **raw} != shown:
            raise BenchError(f"{way.name} does not show all that HCP says")
    elif answer.body != direct.body:
        raise BenchError(f"{way.name} does not give HCP's own bytes")


def _as_spelt(mark: tuple[str, str] | None, answer: Answer) -> tuple[str, str] | None:
    """The load generator looks for the header as it is written."""
    if mark is None:
        return None
    name = next(name for name, _ in answer.headers if name.lower() == mark[0])
    return name, mark[1]
