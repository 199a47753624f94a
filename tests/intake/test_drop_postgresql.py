"""The drop on a real PostgreSQL: the same behaviour, and two roles that can do no more than they must."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from crypto.sealing import SealedReport
from intake.database import StorageError, Trouble, open_engine, trouble
from intake.drop import Drop, DropError, Filing, open_drop
from tests.intake.samples import DAY, drop_message, sealed_report, sealed_slot
from tests.servers import PostgreSQL

# In CI a few; "make faults" raises it to the number of the threat model (T12).
CRASHES = int(os.environ.get("RESGUARDO_CRASHES", "3"))
TABLES = ("report", "report_share", "message", "message_chunk", "slot")


EVERY_TABLE = (*TABLES, "seen_manifest")


def each(statement: str, tables: Sequence[str]) -> list[str]:
    """The statement for every table."""
    return [statement.replace("?", table) for table in tables]


@dataclasses.dataclass(frozen=True, slots=True)
class Sides:
    """One database as its owner and as the logins of both hosts see it."""

    server: PostgreSQL
    database: str
    intake: Drop
    desk: Drop

    def owner(self) -> Engine:
        return create_engine(self.server.url(self.database))

    def login(self, role: str) -> Engine:
        return create_engine(self.server.url(self.database, f"{role}_login"))


@pytest.fixture(scope="module")
def logins(postgresql: PostgreSQL) -> PostgreSQL:
    database = postgresql.new_database()
    open_engine(postgresql.url(database), create_part="drop").dispose()  # makes the roles
    for role in ("resguardo_intake", "resguardo_desk"):
        postgresql.run(database, f"CREATE ROLE {role}_login LOGIN IN ROLE {role}")
    return postgresql


@pytest.fixture
def sides(logins: PostgreSQL) -> Iterator[Sides]:
    database = logins.new_database()
    open_engine(logins.url(database), create_part="drop").dispose()
    intake = open_drop(logins.url(database, "resguardo_intake_login"))
    desk = open_drop(logins.url(database, "resguardo_desk_login"))
    yield Sides(logins, database, intake, desk)
    intake.close()
    desk.close()


def test_the_intake_files_and_the_desk_collects(sides: Sides) -> None:
    reports = [sealed_report(danger=number == 1, day=date(2026, 11, 20 + number)) for number in range(3)]
    file = drop_message(os.urandom(1 << 20), os.urandom(77), kind="file")
    assert [sides.intake.file_report(report) for report in reports] == [Filing.ACCEPTED] * 3
    assert sides.intake.add_message(file) is Filing.ACCEPTED
    assert sides.desk.waiting() == sides.intake.waiting()
    assert sides.intake.waiting().count == 3
    assert sides.intake.waiting().oldest_day == date(2026, 11, 20)
    assert sides.desk.report_ids() == sorted(report.report_id for report in reports)
    for report in reports:
        got = sides.desk.get_report(report.report_id)
        assert (got.day, got.danger, got.report_age, got.shares) == (
            report.day,
            report.danger,
            report.report_age,
            report.shares,
        )
    assert [sides.desk.get_message(message_id) for message_id in sides.desk.message_ids()] == [file]
    sides.desk.delete([report.report_id for report in reports[:2]], [file.message_id])
    assert sides.desk.report_ids() == [reports[2].report_id]
    assert sides.desk.message_ids() == []


def test_a_known_thread_or_message_is_not_written_twice(sides: Sides) -> None:
    report, message = sealed_report(), drop_message()
    sides.intake.file_report(report)
    sides.intake.add_message(message)
    changed = dataclasses.replace(report, report_id=os.urandom(16), report_age=b"changed")
    assert sides.intake.file_report(changed) is Filing.ALREADY
    assert sides.intake.add_message(message) is Filing.ALREADY
    sealed_anew = dataclasses.replace(message, message_age=b"sealed anew")
    assert sides.intake.add_message(sealed_anew) is Filing.ALREADY
    assert sides.desk.get_message(message.message_id) == message
    assert sides.desk.report_ids() == [report.report_id]


def test_a_refused_report_leaves_nothing_behind(sides: Sides) -> None:
    report = sealed_report()
    sides.intake.file_report(report)
    twin = dataclasses.replace(report, thread_id=os.urandom(32))
    with pytest.raises(DropError) as caught:
        sides.intake.file_report(twin)
    assert caught.value.trouble is Trouble.REFUSED
    assert sides.intake.read_slot(twin.thread_id) is None
    assert sides.intake.file_report(sealed_report()) is Filing.ACCEPTED


def test_slots_are_rewritten_by_the_desk_and_read_by_id(sides: Sides) -> None:
    report, new = sealed_report(), sealed_slot()
    sides.intake.file_report(report)
    assert sides.intake.read_slot(report.thread_id) == report.slot
    assert sides.desk.put_slots([(report.thread_id, new), (os.urandom(32), sealed_slot())]) == 1
    assert sides.intake.read_slot(report.thread_id) == new
    assert sides.intake.read_slot(os.urandom(32)) is None


def file_all(drop: Drop, reports: Sequence[SealedReport]) -> None:
    for report in reports:
        drop.file_report(report)


def test_two_intakes_file_at_once_without_loss(sides: Sides) -> None:
    other = open_drop(sides.server.url(sides.database, "resguardo_intake_login"))
    reports = [sealed_report() for _ in range(40)]
    some = ((sides.intake, reports[:25]), (other, reports[15:]))
    threads = [threading.Thread(target=file_all, args=(drop, part)) for drop, part in some]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sides.desk.report_ids() == sorted(report.report_id for report in reports)


ALLOWED: dict[str, dict[str, Trouble | None]] = {
    "resguardo_intake": {
        # The role may, the row is refused for its form.
        "INSERT INTO seen_manifest VALUES ('\\x00', 1, '\\x00')": Trouble.REFUSED,
        "INSERT INTO report VALUES ('\\x00', '', 0, '\\x00')": Trouble.REFUSED,
        "INSERT INTO report_share VALUES ('\\x00', 1, '\\x00')": Trouble.REFUSED,
        "INSERT INTO message VALUES ('\\x00', '', '\\x00', '', '\\x00')": Trouble.REFUSED,
        "INSERT INTO message_chunk VALUES ('\\x00', 1, '\\x00')": Trouble.REFUSED,
        "INSERT INTO slot VALUES ('\\x00', '\\x00')": Trouble.REFUSED,
        "SELECT * FROM seen_manifest": None,
        "SELECT drop_slot('\\x00'), drop_report_digest('\\x00'), drop_message_digest('\\x00')": None,
        "SELECT * FROM drop_waiting()": None,
    },
    "resguardo_desk": {
        **dict.fromkeys(each("SELECT * FROM ?", TABLES[:4])),
        **dict.fromkeys(each("DELETE FROM ?", TABLES[:4])),
        "SELECT thread_id FROM slot": None,
        "DELETE FROM slot": None,
        "UPDATE slot SET sealed = '\\x00'": None,
        "SELECT * FROM drop_waiting()": None,
        "SELECT drop_rewrite()": None,
    },
}


@pytest.mark.parametrize("role", ALLOWED)
def test_a_role_may_do_what_it_must(sides: Sides, role: str) -> None:
    engine = sides.login(role)
    for statement, refusal in ALLOWED[role].items():
        with engine.connect() as connection:
            try:
                connection.execute(text(statement))
            except DBAPIError as error:
                assert trouble(error) is refusal, statement
            else:
                assert refusal is None, statement
    engine.dispose()


FORBIDDEN = {
    "resguardo_intake": [
        *each("SELECT 1 FROM ?", TABLES),
        *each("DELETE FROM ?", EVERY_TABLE),
        "UPDATE report SET danger = 0",
        "UPDATE slot SET sealed = '\\x00'",
        "UPDATE seen_manifest SET sequence = 0",
        "INSERT INTO slot VALUES ('\\x00', '\\x00') RETURNING thread_id",
        "INSERT INTO slot VALUES ('\\x00', '\\x00') ON CONFLICT (thread_id) DO UPDATE SET sealed = ''",
        "SELECT drop_rewrite()",
        "SELECT drop_rights()",
        "COPY slot TO STDOUT",
        "LOCK TABLE report IN ACCESS EXCLUSIVE MODE NOWAIT",
    ],
    "resguardo_desk": [
        "SELECT sealed FROM slot",
        "UPDATE slot SET thread_id = '\\x00'",
        "UPDATE report SET danger = 0",
        "UPDATE message SET kind = 'text'",
        "SELECT drop_slot('\\x00')",
        "SELECT drop_report_digest('\\x00')",
        "SELECT drop_rights()",
        *each("INSERT INTO ? DEFAULT VALUES", EVERY_TABLE),
        "SELECT 1 FROM seen_manifest",
    ],
}
BOTH = [
    *each("TRUNCATE ?", EVERY_TABLE),
    *each("DROP TABLE ?", TABLES),
    "ALTER TABLE report ADD COLUMN seen text",
    "CREATE TABLE mine (id integer)",
    "CREATE FUNCTION mine() RETURNS void LANGUAGE sql AS ''",
    "CREATE TRIGGER mine BEFORE INSERT ON report EXECUTE FUNCTION drop_rights()",
    "CREATE ROLE mine",
]


@pytest.mark.parametrize("role", FORBIDDEN)
def test_a_role_may_do_nothing_else(sides: Sides, role: str) -> None:
    sides.intake.file_report(sealed_report())
    engine = sides.login(role)
    for statement in (*FORBIDDEN[role], *BOTH):
        with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
            connection.execute(text(statement))
        assert trouble(caught.value) is Trouble.FORBIDDEN, statement
    engine.dispose()


def test_a_table_of_the_same_name_in_pg_temp_deceives_no_function(sides: Sides) -> None:
    report = sealed_report()
    sides.intake.file_report(report)
    engine = sides.login("resguardo_intake")
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMP TABLE slot (thread_id bytea, sealed bytea)"))
        found = connection.scalar(text("SELECT drop_slot(:id)"), {"id": report.thread_id})
    engine.dispose()
    assert found == report.slot


def test_rewriting_puts_rows_in_the_order_of_keys_and_hides_transactions(sides: Sides) -> None:
    for _ in range(12):
        sides.intake.file_report(sealed_report(size=100, shares=1))
    owner = sides.owner()
    query = text("SELECT id, xmin::text FROM report ORDER BY ctid")
    with owner.connect() as connection:
        before = connection.execute(query).all()
        structure = [inspect(connection).get_check_constraints(table) for table in TABLES]
    sides.desk.vacuum()
    with owner.connect() as connection:
        after = connection.execute(query).all()
        assert [inspect(connection).get_check_constraints(table) for table in TABLES] == structure
        assert inspect(connection).get_pk_constraint("report")["name"] == "report_pkey"
    owner.dispose()
    assert len({xmin for _, xmin in before}) == 12
    assert len({xmin for _, xmin in after}) == 1
    assert [row_id for row_id, _ in after] == sorted(row_id for row_id, _ in before)
    sides.desk.vacuum()
    report = sealed_report()
    assert sides.intake.file_report(report) is Filing.ACCEPTED
    assert sides.desk.get_report(report.report_id).report_age == report.report_age


def test_a_server_that_loses_commits_is_refused(sides: Sides) -> None:
    sides.server.run("postgres", f"ALTER DATABASE {sides.database} SET synchronous_commit = off")
    drop = open_drop(sides.server.url(sides.database, "resguardo_intake_login"))
    assert drop.file_report(sealed_report()) is Filing.ACCEPTED  # our connections set it back on
    drop.close()
    sides.server.run("postgres", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()")
    try:
        with pytest.raises(StorageError, match="full_page_writes"):
            open_until_refused(sides)
    finally:
        sides.server.run("postgres", "ALTER SYSTEM RESET full_page_writes", "SELECT pg_reload_conf()")


def open_until_refused(sides: Sides) -> None:
    """The server reads its settings again in its own time."""
    for _ in range(1000):
        open_drop(sides.server.url(sides.database)).close()


def test_a_server_without_tables_is_not_taken_for_a_drop(logins: PostgreSQL) -> None:
    drop = open_drop(logins.url(logins.new_database()))
    with pytest.raises(DropError):
        drop.file_report(sealed_report())
    drop.close()


def test_no_acknowledged_row_is_lost_when_the_server_crashes(sides: Sides) -> None:
    filed: list[bytes] = []
    for _ in range(CRASHES):
        first, *others = (sealed_report(size=500, shares=2) for _ in range(6))
        file_unless_away(sides.intake, first, filed)
        threads = [
            threading.Thread(target=file_unless_away, args=(sides.intake, one, filed)) for one in others
        ]
        for thread in threads:
            thread.start()
        sides.server.stop("immediate")
        for thread in threads:
            thread.join()
        sides.server.start()
    assert len(filed) >= CRASHES
    assert set(filed) <= set(sides.desk.report_ids())


def file_unless_away(drop: Drop, report: SealedReport, filed: list[bytes]) -> None:
    try:
        drop.file_report(report)
    except DropError:
        return
    filed.append(report.report_id)


def test_days_have_the_form_of_days(sides: Sides) -> None:
    report = sealed_report(day=DAY)
    sides.intake.file_report(report)
    owner = sides.owner()
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT day FROM report")) == "2026-11-21"
    owner.dispose()
