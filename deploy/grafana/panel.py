# What a panel says, apart from how Grafana writes it down.

from dataclasses import dataclass, field

# The series of the fleets that the reader has chosen.
FLEET = 'namespace=~"$namespace", job=~"$job"'
PROVIDER = FLEET + ', provider=~"$provider"'


@dataclass
class Panel:
    title: str
    # What a bad value means.
    description: str
    # Legend and PromQL.
    queries: list
    unit: str = "short"
    kind: str = "timeseries"
    # From here on red; for None nothing is.
    bad: float = None
    stack: bool = False
    # The lowest value of the axis; None leaves it to Grafana.
    low: float = 0
    # Those that the panel explains.
    alerts: list = field(default_factory=list)


def quantile(share, histogram, labels, by=""):
    """PromQL of a histogram's quantile."""
    return (f"histogram_quantile({share}, sum by (le{by}) "
            f"(rate({histogram}_bucket{{{labels}}}[$__rate_interval])))")


def rate(counter, labels, by):
    """PromQL of a counter's rate, summed over replicas."""
    return f"sum by ({by}) (rate({counter}{{{labels}}}[$__rate_interval]))"
