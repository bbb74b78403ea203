"""LedgerService and CommissionService."""

from datetime import UTC
from typing import Any

from doorstep.deal.v1 import commission_service_pb2 as commission_pb
from doorstep.deal.v1 import commission_service_pb2_grpc, ledger_service_pb2_grpc
from doorstep.deal.v1 import ledger_service_pb2 as pb
from services.chassis.actor import current_actor, organization_of
from services.chassis.ids import parse_id
from services.deal.mapping import ledger as mapping
from services.deal.operations import commission as commissions
from services.deal.operations import ledger as operations
from services.deal.servicer.parts import Parts, optional_id


class LedgerServicer(ledger_service_pb2_grpc.LedgerServiceServicer):
    """Reading the ledger."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database

    async def ListLedgerAccounts(
        self, request: pb.ListLedgerAccountsRequest, context: Any
    ) -> pb.ListLedgerAccountsResponse:
        """Lists the accounts of the organisation with their balances."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_ledger_accounts(tx, page)
        return pb.ListLedgerAccountsResponse(
            accounts=[mapping.to_account(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def ListLedgerTransactions(
        self, request: pb.ListLedgerTransactionsRequest, context: Any
    ) -> pb.ListLedgerTransactionsResponse:
        """Lists transactions with their entries, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            found = await operations.list_ledger_transactions(tx, page, deal_id=optional_id(request.deal_id))
        return pb.ListLedgerTransactionsResponse(
            transactions=[mapping.to_transaction(posted) for posted in found.items],
            next_page_token=found.next_page_token,
        )


class CommissionServicer(commission_service_pb2_grpc.CommissionServiceServicer):
    """Commission policies, and dividing commissions by them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def CreateCommissionPolicy(
        self, request: commission_pb.CreateCommissionPolicyRequest, context: Any
    ) -> commission_pb.CreateCommissionPolicyResponse:
        """Makes a policy that holds from some time on."""
        actor, asked = current_actor(), request.policy
        async with self._db.transaction(actor) as tx:
            row = await commissions.create_commission_policy(
                tx,
                actor,
                organization_of(actor),
                display_name=asked.display_name,
                agent_id=optional_id(asked.agent_id),
                effective_time=asked.effective_time.ToDatetime(tzinfo=UTC),
                token_basis_points=asked.token_basis_points,
                tiers=mapping.to_tiers(asked),
                now=self._clock.now(),
            )
        return commission_pb.CreateCommissionPolicyResponse(policy=mapping.to_policy(row))

    async def ListCommissionPolicies(
        self, request: commission_pb.ListCommissionPoliciesRequest, context: Any
    ) -> commission_pb.ListCommissionPoliciesResponse:
        """Lists the policies of the organisation, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await commissions.list_commission_policies(tx, page)
        return commission_pb.ListCommissionPoliciesResponse(
            policies=[mapping.to_policy(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def DistributeCommission(
        self, request: commission_pb.DistributeCommissionRequest, context: Any
    ) -> commission_pb.DistributeCommissionResponse:
        """Divides the commission of a CLOSED deal."""
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            posted = await commissions.distribute_commission(tx, actor, parse_id(request.deal_id), self._clock.now())
        return commission_pb.DistributeCommissionResponse(transaction=mapping.to_transaction(posted))
