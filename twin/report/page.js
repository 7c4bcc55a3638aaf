// Draws every chart of the page, and again when the page turns dark or is printed.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colours = JSON.parse(document.getElementById("theme").textContent);
  const escaped = Object.keys(colours).map((c) => c.replace(/[()]/g, "\\$&"));
  // One pass, because a colour of the dark page may be another one of the light page.
  const lightColour = new RegExp(escaped.join("|"), "g");
  const config = {
    responsive: true,
    displayModeBar: false, // it would cover the legends; wheel and drag still zoom
    displaylogo: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  };

  function draw(isDark) {
    for (const source of document.querySelectorAll("script[data-chart]")) {
      const text = source.textContent;
      const figure = JSON.parse(
        isDark ? text.replace(lightColour, (c) => colours[c]) : text,
      );
      Plotly.react(source.dataset.chart, figure.data, figure.layout, config);
    }
  }

  function resize() {
    for (const chart of document.querySelectorAll(".js-plotly-plot")) {
      Plotly.Plots.resize(chart);
    }
  }

  draw(dark.matches);
  dark.addEventListener("change", (event) => draw(event.matches));
  // Paper is white.
  addEventListener("beforeprint", () => { draw(false); resize(); });
  addEventListener("afterprint", () => { draw(dark.matches); resize(); });
})();
