"""What the service publishes, made from rows."""

from collections.abc import Sequence

from doorstep.property.v1 import property_events_pb2 as pb
from doorstep.property.v1 import property_jobs_pb2
from services.chassis.mapping import to_money
from services.property.lifecycle import StandardStatus
from services.property.models import Import, Listing, Property


def property_created(row: Property) -> pb.PropertyCreated:
    """A property is in the books."""
    return pb.PropertyCreated(property_id=str(row.id), organization_id=str(row.organization_id))


def property_updated(row: Property, field_names: Sequence[str]) -> pb.PropertyUpdated:
    """Facts of a property have changed."""
    return pb.PropertyUpdated(
        property_id=str(row.id), organization_id=str(row.organization_id), field_names=field_names
    )


def property_archived(row: Property) -> pb.PropertyArchived:
    """A property is out of the books."""
    return pb.PropertyArchived(property_id=str(row.id), organization_id=str(row.organization_id))


def property_unarchived(row: Property) -> pb.PropertyUnarchived:
    """A property is in the books again."""
    return pb.PropertyUnarchived(property_id=str(row.id), organization_id=str(row.organization_id))


def listing_created(row: Listing) -> pb.ListingCreated:
    """A listing is being prepared."""
    return pb.ListingCreated(
        listing_id=str(row.id), property_id=str(row.property_id), organization_id=str(row.organization_id)
    )


def listing_updated(row: Listing, field_names: Sequence[str]) -> pb.ListingUpdated:
    """A listing's texts or dates have changed."""
    return pb.ListingUpdated(
        listing_id=str(row.id),
        property_id=str(row.property_id),
        organization_id=str(row.organization_id),
        field_names=field_names,
    )


def listing_status_changed(row: Listing, before: StandardStatus) -> pb.ListingStatusChanged:
    """A verb has moved a listing."""
    return pb.ListingStatusChanged(
        listing_id=str(row.id),
        property_id=str(row.property_id),
        organization_id=str(row.organization_id),
        previous_status=f"STANDARD_STATUS_{before.name}",
        standard_status=f"STANDARD_STATUS_{row.state}",
    )


def listing_price_changed(row: Listing, before: int) -> pb.ListingPriceChanged:
    """Another price is asked for."""
    return pb.ListingPriceChanged(
        listing_id=str(row.id),
        property_id=str(row.property_id),
        organization_id=str(row.organization_id),
        previous_list_price=to_money(before, row.currency_code),
        list_price=to_money(row.list_price, row.currency_code),
    )


def properties_imported(row: Import, listing_ids: Sequence[str]) -> pb.PropertiesImported:
    """An import has stored some of its rows."""
    return pb.PropertiesImported(
        import_id=str(row.id), organization_id=str(row.organization_id), listing_ids=listing_ids
    )


def import_job(row: Import) -> property_jobs_pb2.ImportJob:
    """What the job of an import is told."""
    return property_jobs_pb2.ImportJob(import_id=str(row.id), organization_id=str(row.organization_id))
