# One provider, or some: are we let in, how quick is it, whose consents end when.

from panel import PROVIDER, Panel, quantile, rate

PANELS = [
    Panel("Frozen", "1: the provider refuses the broker itself (a wrong secret, mostly). Nothing is refreshed "
          "until somebody mends it.",
          [("{{provider}}", f"max by (provider) (tokenbroker_provider_frozen{{{PROVIDER}}})")], kind="stat", bad=1,
          alerts=["TokenBrokerProviderFrozen"]),
    Panel("Left alone", "1: it is not asked at the moment, because of failures or Retry-After. For minutes: it "
          "has an outage, or throttles us.",
          [("{{provider}}", f"max by (provider) (tokenbroker_provider_backing_off{{{PROVIDER}}})")], kind="stat",
          bad=1, alerts=["TokenBrokerProviderBackingOff"]),
    Panel("Overdue", "How late the longest overdue refresh is. Beyond five minutes tokens end unreplaced.",
          [("{{provider}}", f"max by (provider) (tokenbroker_due_lag_seconds{{{PROVIDER}}})")], unit="s",
          kind="stat", bad=300, alerts=["TokenBrokerRefreshLag"]),
    Panel("Active grants", "Grants that can be refreshed. A step down: many users are logged out.",
          [("{{provider}}", f'max by (provider) (tokenbroker_grants{{{PROVIDER}, state="active"}})')],
          kind="stat"),
    Panel("End within a week", "Active grants whose users must log in again within 7 days. Much more than in "
          "other weeks: a cliff.",
          [("{{provider}}", "sum by (provider) (max by (provider, within) "
            f'(tokenbroker_grants_by_reauthorization{{{PROVIDER}, within=~"1d|7d"}}))')], kind="stat",
          alerts=["TokenBrokerReauthorizationCliff"]),
    Panel("Age of the secret", "Since the newest file of the client secrets was written. Older than your rules "
          "allow: change it.",
          [("{{provider}}", f"time() - max by (provider) (tokenbroker_secret_file_modify_time_seconds{{{PROVIDER}}})")],
          unit="s", kind="stat"),
    Panel("Refreshes", "By how they ended. grant_dead: users withdrew; our_configuration: we are refused; "
          "provider_trouble: errors and time-outs; quota: throttling.",
          [("{{provider}} {{outcome}}", rate("tokenbroker_refreshes_total", PROVIDER, "provider, outcome"))],
          unit="reqps", alerts=["TokenBrokerProviderFrozen", "TokenBrokerProviderBackingOff"]),
    Panel("Its answers", "How long the provider takes for a refresh. Near request_timeout answers get lost, and "
          "with them rotations.",
          [("{{provider}} median", quantile(0.5, "tokenbroker_refresh_duration_seconds", PROVIDER, ", provider")),
           ("{{provider}} 99 %", quantile(0.99, "tokenbroker_refresh_duration_seconds", PROVIDER, ", provider"))],
          unit="s", alerts=["TokenBrokerRotationLost"]),
    Panel("In flight", "Refresh requests that wait for an answer. At limits.max_in_flight refreshes queue.",
          [("{{provider}}", f"sum by (provider) (tokenbroker_refreshes_in_flight{{{PROVIDER}}})")],
          alerts=["TokenBrokerRefreshLag"]),
    Panel("Frozen and left alone", "At how many replicas. A freeze binds those that use the refused secret.",
          [("{{provider}} frozen", f"sum by (provider) (tokenbroker_provider_frozen{{{PROVIDER}}})"),
           ("{{provider}} left alone", f"sum by (provider) (tokenbroker_provider_backing_off{{{PROVIDER}}})")],
          alerts=["TokenBrokerProviderFrozen", "TokenBrokerProviderBackingOff"]),
    Panel("Grants by state", "As last counted. reauthorization_required that grows in steps: the provider ended "
          "many consents at once.",
          [("{{provider}} {{state}}", f"max by (provider, state) (tokenbroker_grants{{{PROVIDER}}})")],
          alerts=["TokenBrokerGrantWalkStopped"]),
    Panel("When users must log in again", "Active grants by the time that is left, each counted once. A swell that "
          "moves from 90d to 7d is a cliff.",
          [("{{provider}} {{within}}",
            f"max by (provider, within) (tokenbroker_grants_by_reauthorization{{{PROVIDER}}})")], stack=True,
          alerts=["TokenBrokerReauthorizationCliff"]),
    Panel("Logins", "Exchanges of codes by outcome. code_rejected or login_not_bound in numbers: a caller's "
          "mistake, or an attack.",
          [("{{provider}} {{outcome}}", rate("tokenbroker_logins_total", PROVIDER, "provider, outcome"))],
          unit="reqps"),
    Panel("Client secrets", "Which secret was presented and how that ended. During a change the older one may be "
          "ended at the provider once only the newest is accepted.",
          [("{{provider}} {{secret}} {{outcome}}",
            rate("tokenbroker_client_secrets_presented_total", PROVIDER, "provider, secret, outcome"))],
          unit="reqps", alerts=["TokenBrokerNewestSecretRefused"]),
]
