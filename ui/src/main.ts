import { mount } from "svelte";
import "./shared/base.css";
import Main from "./views/Main.svelte";

mount(Main, { target: document.body });
