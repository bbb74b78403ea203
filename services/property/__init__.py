"""Properties, their listings, the search over what is on the market, and the import of files.

Owns: properties (ACTIVE, ARCHIVED), listings (RESO StandardStatus, see `lifecycle.py`), their field history and
snapshots, imports, and `search_listings`, which holds public facts of listings on the market and nothing else.
Publishes: PropertyCreated, PropertyUpdated, PropertyArchived, PropertyUnarchived, ListingCreated, ListingUpdated,
ListingStatusChanged, ListingPriceChanged, PropertiesImported. Consumes: telemetry's SessionEnded, for engagement
figures, and deal's DealOpened, TokenHeld, DealClosed and DealCancelled, which move the listing. Calls no other service.
"""
