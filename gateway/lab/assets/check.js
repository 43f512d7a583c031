// Says yes or no where the page alone shows a tick or nothing. ES3: a television's browser may be ten years old.
(function () {
  "use strict";
  var table = document.getElementById("check");

  function verdict(id, word) {
    var cell = document.getElementById("row-" + id).getElementsByTagName("td")[0];
    cell.className = "verdict " + word;
    cell.innerHTML = { yes: "yes", no: "NO", open: "?" }[word];
    var hints = document.getElementById("row-" + id).getElementsByTagName("p");
    for (var i = 0; i < hints.length; i++) {
      if (/hint/.test(hints[i].className)) { hints[i].style.display = word === "yes" ? "none" : "block"; }
    }
  }

  function pictures(id, then) {
    var row = document.getElementById("row-" + id), images = row.getElementsByTagName("img");
    var left = images.length, lost = 0;
    function done(loaded) {
      left -= 1;
      lost += loaded ? 0 : 1;
      if (left === 0) { verdict(id, lost ? "no" : "yes"); then(!lost); }
    }
    for (var i = 0; i < images.length; i++) {
      if (images[i].complete) { done(images[i].naturalWidth > 0); continue; }
      images[i].onload = function () { done(true); };
      images[i].onerror = function () { done(false); };
    }
  }

  function clock() {
    var row = document.getElementById("row-clock"), off = Date.now() / 1000 - Number(table.getAttribute("data-now"));
    var most = Number(table.getAttribute("data-most")), far = Math.abs(off) > most;
    var found = row.getElementsByTagName("span")[0], seconds = Math.round(Math.abs(off));
    verdict("clock", far ? "no" : "yes");
    found.innerHTML = far ? seconds + " s " + (off > 0 ? "fast" : "slow") + "; " + found.innerHTML : seconds + " s from the gateway's clock";
  }

  var trusted = false;
  function nameToo() { if (trusted) { verdict("name", "yes"); } }  // a redirect may lead https here, and not http
  pictures("name", nameToo);
  pictures("tls", function (all) { trusted = all; nameToo(); });
  clock();
})();
