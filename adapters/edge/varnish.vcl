# Varnish 7 in front of the API, as in adapters/config/deploy.md: keeps what the API says that an edge may keep, and
# nothing else. Set the backend's address, and who may purge: the API's machines.
vcl 4.1;

import std;

backend api {
  .host = "127.0.0.1";
  .port = "8000";
  .first_byte_timeout = 60s;
}

acl purgers {
  "localhost";
}

sub vcl_recv {
  if (req.method == "PURGE") {
    # Behind a proxy every client has its address: what a proxy passes on has more than one in X-Forwarded-For.
    if (client.ip !~ purgers || req.http.X-Forwarded-For ~ ",") {
      return (synth(403));
    }
    if (req.http.Cache-Tag !~ "^[\w,-]+$") {
      return (synth(400));
    }
    if (!std.ban("obj.http.Cache-Tag ~ (^|,)(" + regsuball(req.http.Cache-Tag, ",", "|") + ")(,|$)")) {
      return (synth(503));
    }
    return (synth(200));
  }
  # The API reads no cookies, and a cookie of the website would keep its reader from the cache.
  unset req.http.Cookie;
  if (req.http.Authorization) {
    return (pass);
  }
  # Pictures depend on whether the client accepts WebP, and nothing else depends on Accept.
  if (req.url ~ "^/media/") {
    if (req.http.Accept ~ "image/webp") {
      set req.http.Accept = "image/webp";
    } else {
      unset req.http.Accept;
    }
  }
}

sub vcl_backend_response {
  if (beresp.http.CDN-Cache-Control ~ "max-age=\d") {
    set beresp.ttl = std.duration(regsub(beresp.http.CDN-Cache-Control, "^.*max-age=(\d+).*$", "\1s"), 0s);
    set beresp.grace = 0s;
    if (beresp.http.CDN-Cache-Control ~ "stale-while-revalidate=\d") {
      set beresp.grace = std.duration(
        regsub(beresp.http.CDN-Cache-Control, "^.*stale-while-revalidate=(\d+).*$", "\1s"), 0s);
    }
  } else {
    # Also refusals: a course that is not found may be published a second later.
    set beresp.uncacheable = true;
    set beresp.ttl = 60s; # for as long, requests for it do not wait for each other
  }
  return (deliver);
}

sub vcl_deliver {
  if (obj.hits > 0) {
    set resp.http.Cache-Status = "varnish; hit";
  } else {
    set resp.http.Cache-Status = "varnish; fwd=miss";
  }
}
