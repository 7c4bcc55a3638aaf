// Where stock goes: as a plan has it, or by what is under way and the demand that is forecast; with how far demand may be off.
//
// Times are microseconds. A row of a forecast is a day from `ds_us` on; of a day that is cut, demand counts by the part that is left.

const DAY_US = 86_400e6;

const part = (one, fromUs, untilUs) => Math.max(0, Math.min(one.ds_us + DAY_US, untilUs) - Math.max(one.ds_us, fromUs)) / DAY_US;

/** Return when the last day of a forecast ends; null: there is none. */
export function endOf(forecast) {
  return forecast.length ? Math.max(...forecast.map((one) => one.ds_us + DAY_US)) : null;
}

/** Return the times of a projection: now, and whole days on, until a time is passed. */
export function daily(fromUs, untilUs) {
  const days = Math.max(0, Math.floor((untilUs - fromUs) / DAY_US));
  return Array.from({ length: days + 1 }, (_, day) => fromUs + day * DAY_US);
}

/** Return the latest forecast of an item at a place that is day by day and has these quantiles, of jobs with the latest first. */
export function dailyForecast(jobs, item, place, quantiles) {
  return jobs.find((job) => job.kind === "forecast" && job.status === "done" && job.asked.item === item && job.asked.site === place
    && job.asked.bucket_h === 24 && quantiles.every((one) => job.asked.quantiles.includes(one)));
}

/**
 * Return what the stock of an item at a place is at times, less what is owed; below zero it is owed still. What should have come
 * before the first time comes until the second.
 */
export function underWay({ onHand, owed, arrivals, forecast, fromUs, times }) {
  return times.map((time) => {
    const come = time > fromUs ? arrivals.filter((one) => one.dueUs <= time).reduce((sum, one) => sum + one.quantity, 0) : 0;
    return onHand - owed + come - forecast.reduce((sum, one) => sum + one.mean * part(one, fromUs, time), 0);
  });
}

/** Return what production orders of an item at a site, and open orders and shipments to it, still bring: when, how much and by what. */
export function coming({ lines, sent, made }, fromUs) {
  const one = (name, dueUs, quantity) => ({ name, dueUs: dueUs ?? fromUs, quantity });
  return [...lines.map((row) => one(row.order, row.due_us, row.quantity - (row.shipped ?? 0))),
    ...sent.map((row) => one(row.shipment, row.due_us, row.quantity)),
    ...made.map((row) => one(row.production_order, row.due_us, row.quantity - (row.scrap ?? 0)))].filter((row) => row.quantity > 0);
}

/** Return times and stock of a plan, from its start on where the stock there is known (null: it is not). */
export function planned(rows, startUs, onHand) {
  const begins = onHand === null || startUs >= rows[0].end_us ? [] : [{ end_us: startUs, on_hand: onHand }];
  const all = [...begins, ...rows];
  return { times: all.map((one) => one.end_us), middle: all.map((one) => one.on_hand) };
}

/**
 * Return low and high of stock at times, as far as the forecast goes: what demand may be more or less than its mean adds up as if
 * days were independent (squares of deviations are summed), so that nine in ten days at once do not count as if all were bad.
 */
export function spread({ times, middle, forecast, fromUs }, [less, more]) {
  const known = times.filter((time) => time <= endOf(forecast));
  const gone = (quantile, sign) => known.map((time, at) => {
    const squares = forecast.reduce((sum, one) => sum + (one[quantile] - one.mean) ** 2 * part(one, fromUs, time), 0);
    return middle[at] + sign * Math.sqrt(squares);
  });
  return [gone(more, -1), gone(less, 1)];
}

/**
 * Return the days that goods take to a place, with the day of the review: what stock must cover. By the lanes from where the item
 * is known to come from, else (`known` is false) the shortest lane of any item.
 */
export function protection(lanes, place, origins = []) {
  const into = lanes.filter((lane) => lane.to_place === place);
  const its = into.filter((lane) => origins.includes(lane.from_place));
  const leads = (its.length ? its : into).map((lane) => lane.lead_time_s / 86_400);
  return { days: Math.max(1, Math.ceil(leads.length ? Math.min(...leads) : 1)) + 1, known: its.length > 0 };
}
