import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** As much of JSON as the lines have: the clients' jars bring no parser of their own. */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /** Null, strings, whole numbers as Long, List and Map. */
  static Object parse(String text) {
    return new Json(text).value();
  }

  static String text(Object value) {
    if (value instanceof String string) return quoted(string);
    if (value instanceof List<?> list) {
      return list.stream().map(Json::text).collect(Collectors.joining(",", "[", "]"));
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> quoted((String) entry.getKey()) + ":" + text(entry.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    return String.valueOf(value);
  }

  private static String quoted(String string) {
    var quoted = new StringBuilder("\"");
    string.chars().forEach(unit -> {
      if (unit == '"' || unit == '\\' || unit < 0x20) quoted.append(String.format("\\u%04x", unit));
      else quoted.append((char) unit);
    });
    return quoted.append('"').toString();
  }

  private Object value() {
    return switch (text.charAt(at)) {
      case '{' -> map();
      case '[' -> list();
      case '"' -> string();
      case 'n' -> {
        at += "null".length();
        yield null;
      }
      default -> number();
    };
  }

  private Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    at += 1;
    while (text.charAt(at) != '}') {
      if (text.charAt(at) == ',') at += 1;
      String key = string();
      at += 1;
      map.put(key, value());
    }
    at += 1;
    return map;
  }

  private List<Object> list() {
    List<Object> list = new ArrayList<>();
    at += 1;
    while (text.charAt(at) != ']') {
      if (text.charAt(at) == ',') at += 1;
      list.add(value());
    }
    at += 1;
    return list;
  }

  private String string() {
    var string = new StringBuilder();
    at += 1;
    while (text.charAt(at) != '"') {
      if (text.charAt(at) == '\\') {
        at += 1;
        if (text.charAt(at) == 'u') {
          string.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
          at += 4;
        } else {
          string.append(text.charAt(at));
        }
      } else {
        string.append(text.charAt(at));
      }
      at += 1;
    }
    at += 1;
    return string.toString();
  }

  private Long number() {
    int start = at;
    while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) at += 1;
    return Long.parseLong(text.substring(start, at));
  }
}
