"""What every repository can do; its own statements stand in the service."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import ScalarResult, Select, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression
from sqlalchemy.sql.operators import desc_op

from services.chassis.db.database import ReadTransaction
from services.chassis.errors import NotFound
from services.chassis.paging import Page, PageOf

Row = TypeVar("Row")


class Repository(Generic[Row]):
    """SQL of one table. Row-level security narrows every statement to what the transaction's actor may see."""

    model: ClassVar[type[Any]]
    not_found: ClassVar[type[NotFound]]

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`; locking and adding need a `Transaction`, Postgres refuses them in a read."""
        self.tx = tx
        self.session = tx.session

    async def get(self, row_id: UUID) -> Row:
        """Load one row by id.

        Raises:
            NotFound: in the repository's own class, also where the row belongs to somebody else.
        """
        return await self._one(select(self.model).where(self.model.id == row_id))

    async def get_for_update(self, row_id: UUID) -> Row:
        """Load one row and lock it until the transaction ends."""
        statement = select(self.model).where(self.model.id == row_id).with_for_update()
        return await self._one(statement.execution_options(populate_existing=True))

    async def _one(self, statement: Select[Any]) -> Row:
        row = (await self.session.execute(statement)).scalar_one_or_none()
        if row is None:
            raise self.not_found
        return cast("Row", row)

    def add(self, row: Row) -> Row:
        """Add a row; it is written when the transaction flushes."""
        self.session.add(row)
        return row

    async def page(
        self, statement: Select[Any], *, by: Sequence[InstrumentedAttribute[Any] | UnaryExpression[Any]], page: Page
    ) -> PageOf[Row]:
        """Run `statement` for one page in the order of `by`, whose last column must be unique (keyset paging).

        Page N costs what page 1 costs: the condition starts the index scan where the last page ended.
        """
        return await page_of(self.session, statement, by=by, page=page)


async def page_of(
    session: AsyncSession,
    statement: Select[tuple[Row]],
    *,
    by: Sequence[InstrumentedAttribute[Any] | UnaryExpression[Any]],
    page: Page,
) -> PageOf[Row]:
    """`Repository.page` for rows of any table, such as those that belong to a repository's own."""
    if page.after is not None:
        statement = statement.where(after(by, page.after))
    rows: ScalarResult[Row] = await session.scalars(statement.order_by(*by).limit(page.size + 1))
    return page.cut(list(rows), key=lambda row: tuple(getattr(row, _column(c).key) for c in by))


def _column(expression: InstrumentedAttribute[Any] | UnaryExpression[Any]) -> Any:
    return expression.element if isinstance(expression, UnaryExpression) else expression


def after(
    by: Sequence[InstrumentedAttribute[Any] | UnaryExpression[Any]], values: Sequence[Any]
) -> ColumnElement[bool]:
    """The rows that come after `values` in the order of `by`.

    Equal directions become one row comparison, which Postgres turns into an index condition; mixed directions are
    written out.
    """
    columns = [_column(c) for c in by]
    descending = [isinstance(c, UnaryExpression) and c.modifier is desc_op for c in by]
    if len(set(descending)) == 1 and len(columns) > 1:
        from sqlalchemy import tuple_  # noqa: PLC0415 - only here

        left = tuple_(*columns)
        right = tuple_(*values)
        return left < right if descending[0] else left > right
    condition: ColumnElement[bool] = false()
    for n, (column, value) in enumerate(zip(columns, values, strict=True)):
        equal = [columns[i] == values[i] for i in range(n)]
        condition = or_(condition, and_(*equal, column < value if descending[n] else column > value))
    return condition
