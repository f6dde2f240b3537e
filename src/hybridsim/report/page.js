"use strict";
(function () {
  var block = document.getElementById("charts");
  var charts = block ? JSON.parse(block.textContent) : {};
  var config = JSON.parse(document.getElementById("config").textContent);
  var narrow = window.matchMedia("(max-width: 600px)").matches;

  function fit(layout, data) {
    if (!narrow) { return layout; }
    layout.font.size = 12;
    layout.margin.r = 16;
    if (layout.xaxis.type === "category") {
      var most = Math.max.apply(null, data.map(function (trace) { return trace.x.length; }));
      layout.xaxis.dtick = Math.ceil(most / 5);
      layout.xaxis.tickangle = 0;
    }
    (layout.annotations || []).forEach(function (note) { note.font.size = 11; });
    return layout;
  }

  Object.keys(charts).forEach(function (name) {
    var div = document.getElementById(name);
    if (div && window.Plotly) {
      window.Plotly.newPlot(div, charts[name].data, fit(charts[name].layout, charts[name].data), config);
    }
  });

  function resize() {
    Object.keys(charts).forEach(function (name) {
      var div = document.getElementById(name);
      if (div && div.classList.contains("js-plotly-plot")) { window.Plotly.Plots.resize(div); }
    });
  }
  window.addEventListener("beforeprint", resize);
  window.addEventListener("afterprint", resize);

  var scales = { "%": 1, "k": 1e3, "m": 1e6, "bn": 1e9 };

  function figure(text) {
    var found = /^[\u2212-]?\u2060?(?:€|£|US\$|[A-Z]{3}\s)?([\d,]+(?:\.\d+)?)\s*(k|m|bn)?(?=\s|%|$)/.exec(text.trim());
    if (!found) { return null; }
    var sign = /^[\u2212-]/.test(text.trim()) ? -1 : 1;
    return sign * parseFloat(found[1].replace(/,/g, "")) * (scales[found[2]] || 1);
  }

  function compare(a, b) {
    var x = figure(a), y = figure(b);
    if (x !== null && y !== null) { return x - y; }
    if (x !== null || y !== null) { return x !== null ? -1 : 1; }
    return a.localeCompare(b, "en");
  }

  function sort(table, column, head) {
    var down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("thead th").forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var body = table.tBodies[0];
    Array.from(body.rows)
      .map(function (row, index) { return { row: row, index: index, text: row.cells[column].textContent }; })
      .sort(function (a, b) { return (compare(a.text, b.text) || a.index - b.index) * (down ? -1 : 1); })
      .forEach(function (item) { body.appendChild(item.row); });
  }

  document.querySelectorAll("table.long").forEach(function (table) {
    table.querySelectorAll("thead th").forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.title = "Sort by " + head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () { sort(table, column, head); });
    });
  });

  document.querySelectorAll("input[data-table]").forEach(function (input) {
    var rows = Array.from(document.getElementById(input.dataset.table).tBodies[0].rows);
    var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
    var count = document.getElementById("count-" + input.dataset.table);
    input.addEventListener("input", function () {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      var seen = 0;
      rows.forEach(function (row, index) {
        var match = words.every(function (word) { return texts[index].includes(word); });
        row.hidden = !match;
        seen += match ? 1 : 0;
      });
      count.textContent = seen.toLocaleString("en") + (seen === 1 ? " row" : " rows");
    });
  });
})();
