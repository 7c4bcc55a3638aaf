// Where stock goes: as a plan has it, or by what is under way and the demand that is forecast; with how far demand may be off.

const DAY_US = 86_400e6;

/** Return what the stock of an item at a place is day by day: `days` values, the first is now. */
export function underWay({ onHand, arrivals, mean, fromUs, days }) {
  const values = [onHand];
  for (let day = 1; day < days; day += 1) {
    const [from, to] = [fromUs + (day - 1) * DAY_US, fromUs + day * DAY_US];
    const comes = arrivals.filter((one) => one.dueUs < to && (day === 1 || one.dueUs >= from)).reduce((sum, one) => sum + one.quantity, 0);
    values.push(values[day - 1] + comes - (mean[day - 1] ?? 0));
  }
  return values;
}

/**
 * Return low and high of stock: what demand may be more or less than its mean adds up over days as if they were independent
 * (squares of deviations are summed), so that nine in ten days at once do not count as if all of them were bad.
 */
export function spread(middle, forecast, [less, more]) {
  const gone = (quantile, sign) => {
    let squares = 0;
    return middle.map((value, day) => {
      const one = forecast[day - 1];
      if (one) squares += (one[quantile] - one.mean) ** 2;
      return value + sign * Math.sqrt(squares);
    });
  };
  return [gone(more, -1), gone(less, 1)];
}

/** Return the days that goods take to a place at the most direct way, with the day of the review: what stock must cover. */
export function protection(lanes, place) {
  const leads = lanes.filter((lane) => lane.to_place === place).map((lane) => lane.lead_time_s / 86_400);
  return Math.max(1, Math.ceil(leads.length ? Math.min(...leads) : 1)) + 1;
}
