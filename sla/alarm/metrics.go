package alarm

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics is what the operator watches. One per process, shared by its Queue and its Alarms.
type Metrics struct {
	overdue        prometheus.Counter
	closed         prometheus.Counter
	notices        *prometheus.GaugeVec
	direct         prometheus.Counter
	dropped        prometheus.Counter
	sweep          prometheus.Histogram
	lastSweep      prometheus.Gauge
	failures       *prometheus.CounterVec
	redisUp        prometheus.Gauge
	recordFindings prometheus.Counter
}

// NewMetrics makes the metrics and registers them; with nil they are kept and shown to nobody.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	f := promauto.With(registerer)
	return &Metrics{
		overdue: f.NewCounter(prometheus.CounterOpts{
			Name: "mailbox_overdue_marked_total", Help: "Cases this process marked overdue.",
		}),
		closed: f.NewCounter(prometheus.CounterOpts{
			Name: "mailbox_cases_closed_total", Help: "Answered cases this process closed because their time had come.",
		}),
		notices: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "mailbox_notices", Help: "Notices in the outbox that are not sent, by state, as of the last sweep.",
		}, []string{"state"}),
		direct: f.NewCounter(prometheus.CounterOpts{
			Name: "mailbox_notices_without_queue_total", Help: "Notices taken straight from the database because the queue did not bring them.",
		}),
		dropped: f.NewCounter(prometheus.CounterOpts{
			Name: "mailbox_wakeups_dropped_total", Help: "Wake-ups left to the sweep because the buffer was full or Redis away.",
		}),
		sweep: f.NewHistogram(prometheus.HistogramOpts{
			Name: "mailbox_sweep_seconds", Help: "How long a sweep took.",
			Buckets: []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100},
		}),
		lastSweep: f.NewGauge(prometheus.GaugeOpts{
			Name: "mailbox_last_sweep_timestamp_seconds", Help: "When the last sweep without an error ended, in Unix seconds.",
		}),
		failures: f.NewCounterVec(prometheus.CounterOpts{
			Name: "mailbox_sweep_failures_total", Help: "Steps of sweeps that failed.",
		}, []string{"step"}),
		redisUp: f.NewGauge(prometheus.GaugeOpts{
			Name: "mailbox_redis_up", Help: "Whether Redis answered the last sweep: 1 or 0.",
		}),
		recordFindings: f.NewCounter(prometheus.CounterOpts{
			Name: "mailbox_record_findings_total", Help: "What this process found in the record of cases that is not as it was written.",
		}),
	}
}
