"""What the property service refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    StateRefused,
)


class PropertyNotFound(NotFound):
    """There is no such property, or the caller must not know of it."""

    reason = "PROPERTY_NOT_FOUND"
    message = "there is no such property"


class ListingNotFound(NotFound):
    """There is no such listing, or the caller must not know of it."""

    reason = "LISTING_NOT_FOUND"
    message = "there is no such listing"


class ImportNotFound(NotFound):
    """There is no such import."""

    reason = "IMPORT_NOT_FOUND"
    message = "there is no such import"


class ImportMappingNotFound(NotFound):
    """There is no mapping of this name."""

    reason = "IMPORT_MAPPING_NOT_FOUND"
    message = "there is no import mapping of this name"


class PropertyStateRefused(StateRefused):
    """The property is archived, or it is not."""

    reason = "PROPERTY_STATE"
    message = "the state of the property does not allow this"


class ListingStateRefused(StateRefused):
    """The listing's status does not allow it."""

    reason = "LISTING_STATE"
    message = "the status of the listing does not allow this"


class ImportStateRefused(StateRefused):
    """The import has ended."""

    reason = "IMPORT_STATE"
    message = "the import has ended"


class PropertyOnMarket(FailedPrecondition):
    """A listing of the property is on the market."""

    reason = "PROPERTY_ON_MARKET"
    message = "a listing of the property is on the market"


class ExternalKeyTaken(AlreadyExists):
    """The organisation has another resource with the same key in the originating system."""

    reason = "EXTERNAL_KEY_TAKEN"
    message = "the key of the originating system is taken"


class ImportFileUnreadable(InvalidArgument):
    """The file is not what it says."""

    reason = "IMPORT_FILE_UNREADABLE"
    message = "the file is neither CSV nor CSV packed with gzip"


class ImportFileEmpty(InvalidArgument):
    """The file has no bytes."""

    reason = "IMPORT_FILE_EMPTY"
    message = "the file is empty"


class ImportFileTooLarge(ResourceExhausted):
    """The file is too large."""

    reason = "IMPORT_FILE_TOO_LARGE"
    message = "the file is too large"


class ImportUploadOrder(InvalidArgument):
    """An upload begins with its header and has no other."""

    reason = "IMPORT_UPLOAD_ORDER"
    message = "an upload must begin with its header and have no other"
