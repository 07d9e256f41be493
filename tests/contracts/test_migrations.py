"""The schema: up, down and up again, by several at once, and the same as the tables in the code."""

from __future__ import annotations

import threading

from sqlalchemy import Engine, inspect

from mobility.storage import migrations
from mobility.storage.tables import METADATA


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version", "spatial_ref_sys"}


def test_up_down_and_up_again(empty_database: Engine) -> None:
    assert migrations.current_revision(empty_database) is None
    for _ in range(2):
        migrations.upgrade(empty_database)
        assert migrations.current_revision(empty_database) == migrations.head_revision()
        assert _tables(empty_database) == set(METADATA.tables)
        migrations.downgrade(empty_database, "base")
        assert _tables(empty_database) == set()


def test_the_migrated_schema_is_that_of_the_code(empty_database: Engine) -> None:
    migrations.upgrade(empty_database)
    assert migrations.list_differences(empty_database) == []


def test_a_missing_column_is_noticed(empty_database: Engine) -> None:
    """The control of the test above."""
    migrations.upgrade(empty_database)
    with empty_database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE feed DROP COLUMN corrections")
    assert len(migrations.list_differences(empty_database)) == 1


def test_a_second_upgrade_changes_nothing(empty_database: Engine) -> None:
    migrations.upgrade(empty_database)
    migrations.upgrade(empty_database)
    assert migrations.list_differences(empty_database) == []


def test_several_processes_may_upgrade_at_once(empty_database: Engine) -> None:
    start, failures = threading.Barrier(4), []

    def upgrade() -> None:
        start.wait()
        try:
            migrations.upgrade(empty_database)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert migrations.list_differences(empty_database) == []
