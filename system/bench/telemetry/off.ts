// Loaded before the API (`node --import`) to make the arm without telemetry: every instrument is there and does nothing.
import { Counter, Gauge, Histogram } from 'prom-client';

const nothing = () => {};
Object.assign(Counter.prototype, { inc: nothing });
Object.assign(Gauge.prototype, { set: nothing, inc: nothing, dec: nothing });
Object.assign(Histogram.prototype, { observe: nothing });
