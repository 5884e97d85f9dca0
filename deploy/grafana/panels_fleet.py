# How the fleet serves its callers.

from panel import FLEET, Panel, quantile, rate

_FRESH = FLEET + ', rpc="GetFreshToken"'

PANELS = [
    Panel("Ready replicas", "Replicas whose /readyz says yes. 0: callers are led to none.",
          [("", f"sum(tokenbroker_ready{{{FLEET}}})")], kind="stat",
          alerts=["TokenBrokerNoneReady", "TokenBrokerReplicaNotReady"]),
    Panel("Alerts", "Alerts of the broker that fire now. Any: open its section of the runbook.",
          [("", 'count(ALERTS{alertname=~"TokenBroker.*", alertstate="firing"}) or vector(0)')], kind="stat",
          bad=1),
    Panel("Calls failed by us, 1 h", "The share of calls that failed by the broker's fault. Above 0.1 % the "
          "error budget does not last; above 1.44 % it is gone in two days.",
          [("", f"max(tokenbroker:rpc_failures:ratio_rate1h{{{FLEET}}})")], unit="percentunit", kind="stat",
          bad=0.001, alerts=["TokenBrokerErrorBudgetBurnsFast", "TokenBrokerErrorBudgetBurnsSlowly"]),
    Panel("Slowest twentieth", "95 % of GetFreshToken are quicker than this. Above 250 ms callers wait for "
          "refreshes that should have come ahead of need.",
          [("", f"max(tokenbroker:get_fresh_token_duration_seconds:p95_5m{{{FLEET}}})")], unit="s", kind="stat",
          bad=0.25, alerts=["TokenBrokerSlow", "TokenBrokerHangs"]),
    Panel("Rotations lost, 24 h", "Users who must log in again because a refreshed token went nowhere. The "
          "target is 0.",
          [("", f"sum(increase(tokenbroker_rotations_lost_total{{{FLEET}}}[24h]))")], kind="stat", bad=0.5,
          alerts=["TokenBrokerRotationLost"]),
    Panel("Not stored", "Tokens that providers gave and Redis has not confirmed. Above 0 for minutes: Redis is "
          "in trouble; kill no replica.",
          [("", f"sum(tokenbroker_uncommitted_rotations{{{FLEET}}})")], kind="stat", bad=1,
          alerts=["TokenBrokerUncommittedRotations"]),
    Panel("Calls", "By RPC. A sudden fall: callers cannot connect (certificates, network).",
          [("{{rpc}}", rate("tokenbroker_rpc_requests_total", FLEET, "rpc"))], unit="reqps", stack=True),
    Panel("Calls without success", "By outcome, whoever is to blame. STORE_UNAVAILABLE, PROVIDER_MISCONFIGURED, "
          "CALLER_CHECK_UNAVAILABLE, AUDIT_UNAVAILABLE, DEADLINE_EXCEEDED and OTHER count against us.",
          [("{{outcome}}", rate("tokenbroker_rpc_requests_total", FLEET + ', outcome!="OK"', "outcome"))],
          unit="reqps", alerts=["TokenBrokerErrorBudgetBurnsFast"]),
    Panel("Duration of GetFreshToken", "The median is far below a millisecond where tokens come from memory. "
          "A median of a second: the broker waits for Redis, a provider or the CPU.",
          [("median", quantile(0.5, "tokenbroker_rpc_duration_seconds", _FRESH)),
           ("95 %", quantile(0.95, "tokenbroker_rpc_duration_seconds", _FRESH)),
           ("99 %", quantile(0.99, "tokenbroker_rpc_duration_seconds", _FRESH))],
          unit="s", alerts=["TokenBrokerHangs", "TokenBrokerSlow"]),
    Panel("Where tokens come from", "Nearly all should be from the cache. refreshed: callers wait for a provider. "
          "stale: refreshes fail, and the old token is served until it ends.",
          [("{{source}}", rate("tokenbroker_tokens_served_total", FLEET, "source")),
           ("refused", f"sum(rate(tokenbroker_tokens_refused_total{{{FLEET}}}[$__rate_interval]))")],
          unit="reqps", stack=True),
    Panel("Life left at hand-out", "How long tokens were still good when callers got them; of ten, one had less "
          "than the lower line. Near 0: refreshes are late or fail.",
          [("lower tenth", quantile(0.1, "tokenbroker_token_remaining_seconds", FLEET)),
           ("median", quantile(0.5, "tokenbroker_token_remaining_seconds", FLEET))],
          unit="s", alerts=["TokenBrokerRefreshLag"]),
    Panel("Watches", "Open streams of WatchToken; an idle one costs up to 24 KiB. Skipped messages: a reader is "
          "overloaded, and got the newest only.",
          [("open at {{instance}}", f"tokenbroker_watches{{{FLEET}}}"),
           ("skipped a second", f"sum(rate(tokenbroker_watch_skipped_total{{{FLEET}}}[$__rate_interval]))")]),
    Panel("Messages to watchers", "Tokens and states that streams were told. None while tokens are refreshed: "
          "replicas do not hear each other.",
          [("{{kind}}", rate("tokenbroker_watch_messages_total", FLEET, "kind"))], unit="reqps", stack=True),
    Panel("Open files", "The share of the file descriptors that a replica may have. Near 1 callers cannot connect.",
          [("{{instance}}", f"process_open_fds{{{FLEET}}} / process_max_fds{{{FLEET}}} and on (instance, job) "
                            f"tokenbroker_build_info{{{FLEET}}}")], unit="percentunit"),
    Panel("Versions", "Replicas by version. Two for longer than a roll-out takes: it stands still.",
          [("{{version}}", f"count by (version) (tokenbroker_build_info{{{FLEET}}})")], stack=True),
    Panel("Since their start", "Seconds since each replica began. Saw teeth: it starts again and again.",
          [("{{instance}}", f"time() - (process_start_time_seconds{{{FLEET}}} and on (instance, job) "
                            f"tokenbroker_build_info{{{FLEET}}})")], unit="s",
          alerts=["TokenBrokerRestarting", "TokenBrokerReplicaMissing"]),
    Panel("CPU", "Cores that each replica uses. The event loop is one thread: near 1 beside idle gRPC threads it "
          "is the bound.",
          [("{{instance}}", f"rate(process_cpu_seconds_total{{{FLEET}}}[$__rate_interval]) and on (instance, job) "
                            f"tokenbroker_build_info{{{FLEET}}}")], unit="short"),
    Panel("Memory", "Resident bytes of each replica. Steady growth beyond cached grants and watches: a leak.",
          [("{{instance}}", f"process_resident_memory_bytes{{{FLEET}}} and on (instance, job) "
                            f"tokenbroker_build_info{{{FLEET}}}")], unit="bytes"),
    Panel("Refused for their own good", "Calls beyond a quota, and audit lines that were lost or refused. Audit "
          "lines above 0: accesses are in no trail, or callers are refused.",
          [("over quota", f"sum(rate(tokenbroker_calls_over_quota_total{{{FLEET}}}[$__rate_interval]))"),
           ("audit lines {{result}}", rate("tokenbroker_audit_lines_total",
                                           FLEET + ', result=~"dropped|refused"', "result"))],
          unit="reqps", alerts=["TokenBrokerQuotaRefusals", "TokenBrokerAuditLinesLost", "TokenBrokerAuditFailing"]),
    Panel("Certificate", "What the listener's certificate and the revocation list have left. At 0 no caller can "
          "connect.",
          [("certificate at {{instance}}", f"tokenbroker:tls_certificate:remaining_seconds{{{FLEET}}}"),
           ("revocation list at {{instance}}", f"tokenbroker:tls_revocation_list:remaining_seconds{{{FLEET}}}")],
          unit="s", low=None, alerts=["TokenBrokerCertificateExpiring", "TokenBrokerRevocationListExpiring"]),
    Panel("Files in force", "1 while what is in force is what is on disk. 0: the next restart would fail.",
          [("configuration at {{instance}}", f"tokenbroker_config_last_reload_successful{{{FLEET}}}"),
           ("certificate at {{instance}}", f"tokenbroker_tls_last_reload_successful{{{FLEET}}}"),
           ("keyring at {{instance}}", f"tokenbroker_keyring_last_reload_successful{{{FLEET}}}")],
          alerts=["TokenBrokerReloadFailed"]),
    Panel("Who calls: answers of Kubernetes", "Reviews of service-account tokens. failed: callers without a "
          "certificate are not let in.",
          [("{{result}}", rate("tokenbroker_token_reviews_total", FLEET, "result"))], unit="reqps"),
    Panel("Plaintext", "1 where tokens cross the listener unencrypted. Any, but for a proxy in the same pod: "
          "configure server.tls.",
          [("{{instance}}", f"tokenbroker_plaintext_listener{{{FLEET}}}")], alerts=["TokenBrokerPlaintextListener"]),
]
