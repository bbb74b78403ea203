"""The chain of HTTP filters of the public listener."""

from datetime import timedelta
from importlib import resources

import betterproto2
from envoy_data_plane.envoy.config.common.mutation_rules import v3 as mutation_rules
from envoy_data_plane.envoy.config.core import v3 as core
from envoy_data_plane.envoy.config.route import v3 as route
from envoy_data_plane.envoy.extensions.common.matching import v3 as matching
from envoy_data_plane.envoy.extensions.common.ratelimit import v3 as ratelimit
from envoy_data_plane.envoy.extensions.compression.gzip.compressor import v3 as gzip
from envoy_data_plane.envoy.extensions.filters.common.matcher.action import v3 as action
from envoy_data_plane.envoy.extensions.filters.http.buffer import v3 as buffer
from envoy_data_plane.envoy.extensions.filters.http.compressor import v3 as compressor
from envoy_data_plane.envoy.extensions.filters.http.cors import v3 as cors
from envoy_data_plane.envoy.extensions.filters.http.grpc_json_transcoder import v3 as transcoder
from envoy_data_plane.envoy.extensions.filters.http.grpc_web import v3 as grpc_web
from envoy_data_plane.envoy.extensions.filters.http.header_mutation import v3 as header_mutation
from envoy_data_plane.envoy.extensions.filters.http.health_check import v3 as health_check
from envoy_data_plane.envoy.extensions.filters.http.jwt_authn import v3 as jwt_authn
from envoy_data_plane.envoy.extensions.filters.http.local_ratelimit import v3 as local_ratelimit
from envoy_data_plane.envoy.extensions.filters.http.lua import v3 as lua
from envoy_data_plane.envoy.extensions.filters.http.router import v3 as router
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm
from envoy_data_plane.envoy.type import v3 as etype
from envoy_data_plane.envoy.type.matcher import v3 as matcher
from envoy_data_plane.google.protobuf import Any, Empty
from envoy_data_plane.xds.core import v3 as xds_core
from envoy_data_plane.xds.type.matcher import v3 as xds

from gateway import assets
from gateway.settings import GatewaySettings

HEADERS = "envoy.filters.http.header_mutation"
COMPRESSOR = "envoy.filters.http.compressor"
CORS = "envoy.filters.http.cors"
BUFFER = "envoy.filters.http.buffer"
BODIES = "doorstep.bodies"
PROBLEMS = "doorstep.problems"
TRANSCODER = "envoy.filters.http.grpc_json_transcoder"

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-site",
}
# The gateway asks the identity service for its keys through its own operator listener, as anybody would: by JSON.
SELF = "self"
JWKS_PATH = "/.well-known/jwks.json"
READY_PATHS = ("/readyz", "/api/v1/readyz")
ALWAYS = core.RuntimeFractionalPercent(default_value=etype.FractionalPercent(numerator=100))


def http_filter(name: str, message: betterproto2.Message) -> hcm.HttpFilter:
    """A filter with its typed configuration."""
    return hcm.HttpFilter(name=name, typed_config=Any.pack(message))


def public_filters(
    settings: GatewaySettings, services: list[str], clusters: list[str], listener: str
) -> list[hcm.HttpFilter]:
    """The chain, in the order in which requests pass it; answers pass it backwards.

    Every answer, Envoy's own included, passes the whole chain. Compression stands outside the Lua filters, which need
    to read errors and events. The buffer stands before the transcoder, because the transcoder's own limit bounds a
    chunk, not a body; the Lua filters stand before it too, so that they see what it has written, and before the
    headers, of which they read the correlation id. Lua is dear: an ordinary call does not meet it.
    """
    return [
        http_filter(COMPRESSOR, compression()),
        http_filter(CORS, cors.Cors()),
        http_filter("envoy.filters.http.health_check", readiness(clusters)),
        http_filter("envoy.filters.http.local_ratelimit", rate_limit(settings, listener)),
        http_filter("envoy.filters.http.jwt_authn", tokens(settings)),
        http_filter("envoy.filters.http.grpc_web", grpc_web.GrpcWeb()),
        http_filter(BUFFER, buffer.Buffer(max_request_bytes=settings.limits.body_bytes)),
        hcm.HttpFilter(name=BODIES, typed_config=Any.pack(script("bodies.lua")), disabled=True),
        http_filter(PROBLEMS, problems()),
        http_filter(HEADERS, answer_headers()),
        http_filter(TRANSCODER, transcoding(settings, services)),
        # Codes and times are counted for the listener and by the services; counting them for the clusters too is dear.
        http_filter("envoy.filters.http.router", router.Router(suppress_envoy_headers=True, dynamic_stats=False)),
    ]


def _add(name: str, value: str, action: core.HeaderValueOptionHeaderAppendAction) -> mutation_rules.HeaderMutation:
    option = core.HeaderValueOption(header=core.HeaderValue(key=name, value=value), append_action=action)
    return mutation_rules.HeaderMutation(append=option)


def answer_headers() -> header_mutation.HeaderMutation:
    """Security headers and the request id, on every answer."""
    overwrite = core.HeaderValueOptionHeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD
    absent = core.HeaderValueOptionHeaderAppendAction.ADD_IF_ABSENT
    return header_mutation.HeaderMutation(
        mutations=header_mutation.Mutations(
            request_mutations=[_add("x-correlation-id", "%REQ(x-request-id)%", overwrite)],
            response_mutations=[
                *(_add(name, value, absent) for name, value in SECURITY_HEADERS.items()),
                # A service that knows better says so itself.
                _add("cache-control", "no-store", absent),
                _add("x-correlation-id", "%REQ(x-request-id)%", overwrite),
            ],
        )
    )


def compression() -> compressor.Compressor:
    """gzip for text and JSON worth it; streams are left alone, since gzip would hold messages back."""
    return compressor.Compressor(
        compressor_library=core.TypedExtensionConfig(name="gzip", typed_config=Any.pack(gzip.Gzip())),
        response_direction_config=compressor.CompressorResponseDirectionConfig(
            common_config=compressor.CompressorCommonDirectionConfig(min_content_length=1024)
        ),
    )


def readiness(clusters: list[str]) -> health_check.HealthCheck:
    """`/readyz`: SERVING while every upstream has a worker that is well."""
    path = matcher.StringMatcher(
        safe_regex=matcher.RegexMatcher(regex="|".join(p.replace(".", r"\.") for p in READY_PATHS))
    )
    return health_check.HealthCheck(
        pass_through_mode=False,
        headers=[route.HeaderMatcher(name=":path", string_match=path)],
        cluster_min_healthy_percentages={name: etype.Percent(value=1.0) for name in clusters},
    )


def rate_limit(settings: GatewaySettings, listener: str) -> local_ratelimit.LocalRateLimit:
    """The outer guard against floods, over all callers and for each network address."""

    def bucket(rate: int, burst: int) -> etype.TokenBucket:
        # Filled ten times a second, so that a refused caller does not wait for the next full second.
        return etype.TokenBucket(
            max_tokens=burst, tokens_per_fill=max(1, rate // 10), fill_interval=timedelta(milliseconds=100)
        )

    limits = settings.limits
    per_address = limits.requests_per_second_per_address
    return local_ratelimit.LocalRateLimit(
        stat_prefix=listener,
        token_bucket=bucket(limits.requests_per_second, 2 * limits.requests_per_second),
        filter_enabled=ALWAYS,
        filter_enforced=ALWAYS,
        rate_limited_as_resource_exhausted=True,
        # An entry without a value stands for every address, each with its own bucket; the oldest are forgotten.
        rate_limits=[
            route.RateLimit(actions=[route.RateLimitAction(remote_address=route.RateLimitActionRemoteAddress())])
        ],
        descriptors=[
            ratelimit.LocalRateLimitDescriptor(
                entries=[ratelimit.RateLimitDescriptorEntry(key="remote_address")],
                token_bucket=bucket(per_address, 2 * per_address),
            )
        ],
        max_dynamic_descriptors=10_000,
    )


def tokens(settings: GatewaySettings) -> jwt_authn.JwtAuthentication:
    """A bearer token is verified wherever one is sent, on JSON and gRPC paths alike.

    Calls without one pass: whether that is enough, and what API keys may do, the services know. They verify again.
    """
    providers = {}
    if known := settings.jwks or settings.known_jwks:
        providers["known"] = _provider(settings)
        providers["known"].local_jwks = core.DataSource(inline_string=known)
    if settings.jwks is None:
        providers["published"] = _provider(settings)
        providers["published"].remote_jwks = jwt_authn.RemoteJwks(
            http_uri=core.HttpUri(uri=f"http://{SELF}{JWKS_PATH}", cluster=SELF, timeout=timedelta(seconds=2)),
            # Services look for new keys every five seconds too: a key is to be published first and used later.
            cache_duration=timedelta(seconds=5),
            async_fetch=jwt_authn.JwksAsyncFetch(failed_refetch_duration=timedelta(milliseconds=200)),
        )
    optional = jwt_authn.JwtRequirement(
        requires_any=jwt_authn.JwtRequirementOrList(
            requirements=[
                *(jwt_authn.JwtRequirement(provider_name=name) for name in providers),
                jwt_authn.JwtRequirement(allow_missing=Empty()),
            ]
        )
    )
    return jwt_authn.JwtAuthentication(
        providers=providers,
        rules=[jwt_authn.RequirementRule(match=route.RouteMatch(prefix="/"), requires=optional)],
    )


def _provider(settings: GatewaySettings) -> jwt_authn.JwtProvider:
    return jwt_authn.JwtProvider(
        issuer=settings.issuer,
        audiences=[settings.audience],
        forward=True,
        clock_skew_seconds=5,
        # A signature is checked once; times are checked at every call.
        jwt_cache_config=jwt_authn.JwtCacheConfig(jwt_cache_size=1000),
    )


def script(name: str) -> lua.Lua:
    """A Lua filter."""
    source = resources.files("gateway").joinpath(name).read_text(encoding="utf-8")
    return lua.Lua(default_source_code=core.DataSource(inline_string=source))


def problems() -> matching.ExtensionWithMatcher:
    """Errors as problem+json; skipped for all other answers, gRPC's errors among them, whose status is 200."""
    skip = xds.MatcherOnMatch(
        action=xds_core.TypedExtensionConfig(name="skip", typed_config=Any.pack(action.SkipFilter()))
    )
    return matching.ExtensionWithMatcher(
        extension_config=core.TypedExtensionConfig(
            name="envoy.filters.http.lua", typed_config=Any.pack(script("problem.lua"))
        ),
        xds_matcher=xds.Matcher(
            matcher_tree=xds.MatcherMatcherTree(
                input=xds_core.TypedExtensionConfig(
                    name="status", typed_config=Any.pack(matcher.HttpResponseStatusCodeClassMatchInput())
                ),
                exact_match_map=xds.MatcherMatcherTreeMatchMap(map={"2xx": skip, "3xx": skip}),
            )
        ),
    )


def transcoding(
    settings: GatewaySettings, services: list[str], *, sse: bool = False, ndjson: bool = False, only: bool = True
) -> transcoder.GrpcJsonTranscoder:
    """JSON to gRPC and back, strict about queries, and about paths where nothing `only` JSON would go there."""
    return transcoder.GrpcJsonTranscoder(
        proto_descriptor=str(settings.assets / assets.DESCRIPTOR),
        services=services,
        auto_mapping=False,
        convert_grpc_status=True,
        case_insensitive_enum_parsing=True,
        print_options=transcoder.GrpcJsonTranscoderPrintOptions(
            always_print_primitive_fields=True, stream_sse_style_delimited=sse, stream_newline_delimited=ndjson
        ),
        request_validation_options=transcoder.GrpcJsonTranscoderRequestValidationOptions(
            reject_unknown_method=only,
            reject_unknown_query_parameters=True,
            reject_binding_body_field_collisions=True,
        ),
        # Not the bound on bodies, which the buffer filter keeps, but it must not be below any.
        max_request_body_size=max(settings.limits.body_bytes, 8 << 20),
        # Answers are ours; the largest unary ones are pages and reports.
        max_response_body_size=16 << 20,
    )
